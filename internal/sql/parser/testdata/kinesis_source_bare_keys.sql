CREATE TABLE events (
    event_id TEXT,
    event_type TEXT,
    user_id TEXT,
    properties JSON,
    timestamp TIMESTAMP
) WITH (
    connector = 'kinesis',
    stream_name = 'production-events',
    aws_region = 'us-east-1',
    type = 'source',
    'source.offset' = 'latest',
    format = 'json'
);
