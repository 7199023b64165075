-- +goose Up

-- journal_template is a form for reports, who writes them and how often.
CREATE TABLE journal_template (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    template_id @text NOT NULL,
    name        @text NOT NULL,
    body        TEXT NOT NULL -- JSON
);
CREATE UNIQUE INDEX journal_template_id ON journal_template (corpid, template_id);
CREATE UNIQUE INDEX journal_template_name ON journal_template (corpid, name);

-- journal_record is a report.
CREATE TABLE journal_record (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    uuid        @text NOT NULL,
    template_id @text NOT NULL,
    report_at   BIGINT NOT NULL, -- Unix seconds
    submitter   @text NOT NULL,  -- userid in lower case
    department  BIGINT NOT NULL,
    body        TEXT NOT NULL,   -- JSON
    version     BIGINT NOT NULL
);
CREATE UNIQUE INDEX journal_record_uuid ON journal_record (corpid, uuid);
CREATE INDEX journal_record_time ON journal_record (corpid, report_at, no);
CREATE INDEX journal_record_template ON journal_record (corpid, template_id, report_at, no);
CREATE INDEX journal_record_submitter ON journal_record (corpid, submitter, report_at, no);
CREATE INDEX journal_record_department ON journal_record (corpid, department, report_at, no);

-- journal_person says what a report has to do with a member.
CREATE TABLE journal_person (
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey @text NOT NULL,  -- userid in lower case
    role    BIGINT NOT NULL, -- 1 has written it, 2 receives it, 3 is named in it otherwise
    journal BIGINT NOT NULL, -- the corp's deletion is theirs
    PRIMARY KEY (corpid, userkey, role, journal)
) @rowless;

-- journal_file is a file that a report keeps.
CREATE TABLE journal_file (
    owner    BIGINT NOT NULL REFERENCES journal_record (no) ON DELETE CASCADE,
    media_id @text NOT NULL, -- the present one: a new one is given when the last has had its time
    kind     @text NOT NULL,
    name     TEXT NOT NULL,
    type     @text NOT NULL,
    size     BIGINT NOT NULL,
    blob     @text NOT NULL,
    until    BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (owner, media_id)
) @rowless;
