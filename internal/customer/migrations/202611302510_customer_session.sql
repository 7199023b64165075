-- +goose Up

-- A contact way may be for one temporary session (临时会话): JSON of its settings, empty if it is not.
ALTER TABLE customer_way ADD COLUMN temporary TEXT NOT NULL DEFAULT '';
ALTER TABLE customer_size ADD COLUMN temporary_day BIGINT NOT NULL DEFAULT 0; -- Unix seconds of its beginning in China
ALTER TABLE customer_size ADD COLUMN temporary     BIGINT NOT NULL DEFAULT 0; -- temporary ways made on that day

-- customer_session is a relation that ends by itself.
CREATE TABLE customer_session (
    follow  BIGINT NOT NULL PRIMARY KEY REFERENCES customer_follow (no) ON DELETE CASCADE,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    way     BIGINT NOT NULL, -- whose conclusion is said at the end; it may have been deleted since
    ends_at BIGINT NOT NULL  -- Unix milliseconds
);
CREATE INDEX customer_session_end ON customer_session (ends_at);
CREATE INDEX customer_session_corp ON customer_session (corpid);
