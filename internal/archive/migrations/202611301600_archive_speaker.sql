-- +goose Up

-- archive_speaker is an application or a robot as records name it. It stays when what it names is deleted.
CREATE TABLE archive_speaker (
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    robot_id @text NOT NULL, -- wb…
    kind     @text NOT NULL, -- application, robot or bot
    no       BIGINT NOT NULL, -- our number among those of its kind
    name     TEXT NOT NULL,
    PRIMARY KEY (corpid, robot_id)
) @rowless;

-- archive_shared says which records name a file that was sent to many at once.
CREATE TABLE archive_shared (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    msgid  @text NOT NULL,
    file   BIGINT NOT NULL REFERENCES archive_file (no) ON DELETE CASCADE,
    PRIMARY KEY (corpid, msgid, file)
) @rowless;
CREATE INDEX archive_shared_file ON archive_shared (file);

-- archive_picture is the content of a file that came within a message, and not as one that was uploaded.
CREATE TABLE archive_picture (
    file    BIGINT NOT NULL PRIMARY KEY REFERENCES archive_file (no) ON DELETE CASCADE,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    content @bytes NOT NULL
);
