-- Source from us-east-1
CREATE TABLE orders_east (
    order_id BIGINT,
    customer_id TEXT,
    items JSON,
    total_amount DECIMAL,
    order_time TIMESTAMP
) WITH (
    connector = 'kinesis',
    stream_name = 'orders',
    aws_region = 'us-east-1',
    type = 'source',
    'source.offset' = 'earliest',
    format = 'json'
);

-- Replicate to us-west-2
CREATE TABLE orders_west (
    order_id BIGINT,
    customer_id TEXT,
    items JSON,
    total_amount DECIMAL,
    order_time TIMESTAMP,
    replicated_at TIMESTAMP
) WITH (
    connector = 'kinesis',
    stream_name = 'orders-replica',
    aws_region = 'us-west-2',
    type = 'sink',
    format = 'json'
);

-- Replicate with added metadata
INSERT INTO orders_west
SELECT 
    order_id,
    customer_id,
    items,
    total_amount,
    order_time,
    NOW() as replicated_at
FROM orders_east;
