-- +goose Up

-- customer_content is what was said to many customers at once. Their messages refer to it
-- instead of having it each.
CREATE TABLE customer_content (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    content TEXT NOT NULL -- JSON
);
ALTER TABLE customer_message ADD COLUMN shared BIGINT NOT NULL DEFAULT 0; -- in place of content; 0 if it has its own
