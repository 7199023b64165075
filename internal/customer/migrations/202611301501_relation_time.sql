-- +goose Up

-- What came of the relations of some weeks is counted over them alone.
CREATE INDEX customer_follow_time ON customer_follow (corpid, created_at);
