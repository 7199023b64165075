-- +goose Up

-- customer_group_welcome is a text, and perhaps one more message, that welcomes customers
-- in groups (入群欢迎语).
CREATE TABLE customer_group_welcome (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app        BIGINT NOT NULL, -- who made it
    content    TEXT NOT NULL,   -- JSON
    picture    TEXT NOT NULL,   -- path of its image, if it came by media_id
    notify     BIGINT NOT NULL, -- members are told to use it
    created_at BIGINT NOT NULL  -- Unix seconds
);
CREATE INDEX customer_group_welcome_corp ON customer_group_welcome (corpid, no);
