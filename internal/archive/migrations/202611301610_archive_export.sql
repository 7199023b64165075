-- +goose Up

-- archive_role is what somebody may do with the archive.
CREATE TABLE archive_role (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    role   @text NOT NULL,  -- reader, officer or auditor
    range  TEXT NOT NULL,   -- JSON: whose conversations a reader reads
    since  BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (corpid, member)
) @rowless;
CREATE INDEX archive_role_member ON archive_role (member);

-- userid is who has read, where it was a person and no program.
ALTER TABLE archive_read ADD COLUMN userid @text NOT NULL DEFAULT '';

-- archive_export is what was asked to be taken out of the archive, for one case.
CREATE TABLE archive_export (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name       TEXT NOT NULL,   -- of the case
    question   TEXT NOT NULL,   -- JSON: which records
    formats    TEXT NOT NULL,   -- JSON
    asked_by   @text NOT NULL,  -- userid
    asked_at   BIGINT NOT NULL, -- Unix milliseconds, as all times here
    state      @text NOT NULL,  -- asked, approved, refused, done, failed or expired
    decided_by @text NOT NULL,  -- userid
    decided_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    blob       @text NOT NULL,
    size       BIGINT NOT NULL,
    records    BIGINT NOT NULL,
    sum        @text NOT NULL,  -- SHA-256 of the file, hexadecimal
    error      TEXT NOT NULL,
    holder     @text NOT NULL,
    until      BIGINT NOT NULL
);
CREATE INDEX archive_export_corp ON archive_export (corpid, no);
CREATE INDEX archive_export_state ON archive_export (state) WHERE state = 'approved' OR state = 'done';
