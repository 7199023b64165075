-- +goose Up

-- A customer's WeChat shows the moments of those whom the customer knows.
CREATE INDEX moment_customer_sees ON moment_customer (corpid, customer, task);
