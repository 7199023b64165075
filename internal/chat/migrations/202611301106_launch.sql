-- +goose Up

-- chat_launch is a code that opens a conversation in the client of the member it was made for, once.
CREATE TABLE chat_launch (
    mark     @text PRIMARY KEY, -- SHA-256 of the code
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    operator BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    peer     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    made_at  BIGINT NOT NULL -- Unix milliseconds
);
CREATE INDEX chat_launch_made ON chat_launch (corpid, made_at);
