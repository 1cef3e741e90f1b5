CREATE TEMPORARY TABLE IF NOT EXISTS cat.db.orders (
  id BIGINT NOT NULL PRIMARY KEY NOT ENFORCED COMMENT 'the id',
  price DECIMAL(10, 2), qty INT NULL, cost AS price * qty COMMENT 'computed',
  ts TIMESTAMP(3) WITH LOCAL TIME ZONE METADATA FROM 'timestamp' VIRTUAL,
  `shard-id` STRING METADATA VIRTUAL, "key" STRING METADATA,
  tags ARRAY<STRING NOT NULL>, m MULTISET<INT>, r ROW(a INT, b ROW<c STRING>), n INT ARRAY, d DOUBLE PRECISION, i INTERVAL DAY(2) TO SECOND(3), j INTERVAL YEAR,
  timestamp TIMESTAMP, date DATE, value JSON, primary STRING, watermark INT, constraint INT,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND,
  CONSTRAINT pk PRIMARY KEY (id, qty) NOT ENFORCED
) COMMENT 'all orders' PARTITIONED BY (id) WITH (
  'connector' = 'kinesis', stream = 'orders', aws.region = 'us-east-1', scan.shard-assigner = 'x', a.b-c.d = 10, e = TRUE, f = -1.5
);
CREATE TABLE copy WITH ('connector' = 'print') LIKE orders (EXCLUDING ALL INCLUDING GENERATED, OVERWRITING OPTIONS);
CREATE TABLE copy2 (x INT) LIKE db.orders;
CREATE TABLE summary WITH ('connector' = 'kinesis') AS SELECT a, COUNT(*) AS n FROM t GROUP BY a;
CREATE VIEW v AS SELECT 1;
CREATE TEMPORARY VIEW IF NOT EXISTS v (a, b) COMMENT 'view' AS (SELECT 1, 2);
DROP TABLE t; DROP TEMPORARY VIEW IF EXISTS db.v;
DESCRIBE t; DESC db.t; SHOW TABLES; SHOW VIEWS; SHOW FUNCTIONS; SHOW JOBS; SHOW CREATE TABLE t; SHOW CREATE VIEW db.v;
SET; SET 'a.b' = 'c'; SET table.local-time-zone = 'UTC'; SET execution.runtime-mode = batch; SET parallelism = 4; SET x = true;
RESET; RESET 'a.b'; RESET a.b-c; USE db; USE CATALOG c; USE cat.db;;
