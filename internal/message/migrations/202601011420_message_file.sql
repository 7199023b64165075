-- +goose Up

-- message_file is a file in a message. Its content is kept (blob) until the
-- message is recalled or goes with its application.
CREATE TABLE message_file (
    message  BIGINT NOT NULL REFERENCES message (no) ON DELETE CASCADE,
    media_id @text NOT NULL,
    kind     TEXT NOT NULL,   -- image, voice, video, file
    name     TEXT NOT NULL,
    type     TEXT NOT NULL,   -- content type
    size     BIGINT NOT NULL,
    blob     @text NOT NULL REFERENCES blob (key),
    picture  TEXT NOT NULL,   -- path that an image also has, for the application; or empty
    PRIMARY KEY (message, media_id)
) @rowless;
CREATE INDEX message_file_blob ON message_file (blob);
