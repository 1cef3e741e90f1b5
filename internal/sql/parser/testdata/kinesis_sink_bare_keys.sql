CREATE TABLE processed_events (
    event_id TEXT,
    event_type TEXT,
    metrics JSON,
    processed_at TIMESTAMP
) WITH (
    connector = 'kinesis',
    stream_name = 'processed-events',
    aws_region = 'us-east-1',
    type = 'sink',
    'sink.records_per_batch' = '250',
    'sink.batch_flush_interval_millis' = '500',
    format = 'json'
);
