-- Financial transactions
CREATE TABLE transactions (
    transaction_id TEXT,
    account_id TEXT,
    merchant_id TEXT,
    amount DECIMAL,
    currency TEXT,
    transaction_time TIMESTAMP
) WITH (
    connector = 'kinesis',
    stream_name = 'financial-transactions',
    type = 'source',
    'source.offset' = 'latest',
    format = 'json'
);

-- Fraud detection results
CREATE TABLE fraud_checks (
    transaction_id TEXT,
    risk_score DOUBLE,
    risk_factors JSON,
    is_suspicious BOOLEAN,
    checked_at TIMESTAMP
) WITH (
    connector = 'kinesis',
    stream_name = 'fraud-detection',
    type = 'sink',
    'sink.records_per_batch' = '200',
    format = 'json'
);

-- Detect suspicious patterns
INSERT INTO fraud_checks
SELECT 
    transaction_id,
    CASE 
        WHEN amount > 10000 THEN 0.8
        WHEN hour_tx_count > 10 THEN 0.7
        WHEN amount > avg_amount * 3 THEN 0.6
        ELSE 0.1
    END as risk_score,
    JSON_OBJECT(
        'large_amount', amount > 10000,
        'high_frequency', hour_tx_count > 10,
        'amount_anomaly', amount > avg_amount * 3
    ) as risk_factors,
    amount > 10000 OR hour_tx_count > 10 as is_suspicious,
    NOW() as checked_at
FROM (
    SELECT 
        t.transaction_id,
        t.amount,
        COUNT(*) OVER (
            PARTITION BY t.account_id 
            ORDER BY t.transaction_time 
            RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW
        ) as hour_tx_count,
        AVG(amount) OVER (
            PARTITION BY t.account_id
            ORDER BY t.transaction_time
            ROWS BETWEEN 100 PRECEDING AND CURRENT ROW
        ) as avg_amount,
        t.transaction_time
    FROM transactions t
);
