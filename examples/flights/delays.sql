-- How late were the delayed flights, for each airport and day?
--
-- The dialect is Flink SQL. README.md says what the data is.

CREATE TABLE flights (
  flight_time TIMESTAMP(3),
  origin STRING,
  destination STRING,
  delay_minutes INT,
  distance_miles INT,
  -- One flight in ten arrives up to half an hour of event time late; an hour loses none.
  WATERMARK FOR flight_time AS flight_time - INTERVAL '1' HOUR
) WITH (
  'connector' = 'kinesis',
  'stream' = 'flights',
  'aws.region' = 'us-east-1',
  'scan.stream.initpos' = 'TRIM_HORIZON',
  'format' = 'json'
);

CREATE TABLE delays (
  window_start TIMESTAMP(3),
  origin STRING,
  flights BIGINT,
  avg_delay DOUBLE,
  max_delay INT
) PARTITIONED BY (origin) WITH (
  'connector' = 'kinesis',
  'stream' = 'delays',
  'aws.region' = 'us-east-1',
  -- Milliseconds that a row may wait for others. The default, 5000, is kinder to the stream's quota.
  'sink.flush-buffer.timeout' = '100',
  'format' = 'json'
);

INSERT INTO delays
SELECT
  window_start,
  origin,
  COUNT(*) AS flights,
  AVG(CAST(delay_minutes AS DOUBLE)) AS avg_delay,
  MAX(delay_minutes) AS max_delay
FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(flight_time), INTERVAL '1' DAY))
WHERE delay_minutes > 0
GROUP BY window_start, window_end, origin;
