-- +goose Up

-- smart_doc is what a smart sheet (智能表格) has besides its sheets.
CREATE TABLE smart_doc (
    corpid @text NOT NULL,
    doc    BIGINT PRIMARY KEY REFERENCES wedoc (no) ON DELETE CASCADE,
    rules  BIGINT NOT NULL                -- the number of the last rule
) @rowless;

-- smart_sheet is a sheet (子表) of it.
CREATE TABLE smart_sheet (
    no       @serial,
    corpid   @text NOT NULL,
    doc      BIGINT NOT NULL REFERENCES wedoc (no) ON DELETE CASCADE,
    sheet_id @text NOT NULL,
    title    TEXT NOT NULL,
    position BIGINT NOT NULL,
    records  BIGINT NOT NULL DEFAULT 0,   -- how many there are
    serial   BIGINT NOT NULL DEFAULT 0,   -- how many there have ever been
    version  BIGINT NOT NULL DEFAULT 0,   -- raised by each change
    stamp    @text NOT NULL               -- drawn anew by each change
);
CREATE UNIQUE INDEX smart_sheet_id ON smart_sheet (doc, sheet_id);

-- smart_field is a column of a sheet.
CREATE TABLE smart_field (
    no       @serial,
    corpid   @text NOT NULL,
    sheet    BIGINT NOT NULL REFERENCES smart_sheet (no) ON DELETE CASCADE,
    field_id @text NOT NULL,
    title    TEXT NOT NULL,
    kind     @text NOT NULL,
    position BIGINT NOT NULL,
    body     TEXT NOT NULL                -- JSON: the property of its type
);
CREATE UNIQUE INDEX smart_field_id ON smart_field (sheet, field_id);

-- smart_group is a group (编组) of fields.
CREATE TABLE smart_group (
    no       @serial,
    corpid   @text NOT NULL,
    sheet    BIGINT NOT NULL REFERENCES smart_sheet (no) ON DELETE CASCADE,
    group_id @text NOT NULL,
    name     TEXT NOT NULL,
    fields   TEXT NOT NULL                -- JSON: ids
);
CREATE UNIQUE INDEX smart_group_id ON smart_group (sheet, group_id);

-- smart_view is a way to look at a sheet.
CREATE TABLE smart_view (
    no      @serial,
    corpid  @text NOT NULL,
    sheet   BIGINT NOT NULL REFERENCES smart_sheet (no) ON DELETE CASCADE,
    view_id @text NOT NULL,
    title   TEXT NOT NULL,
    kind    @text NOT NULL,
    body    TEXT NOT NULL,                -- JSON: filter, order, grouping, colors
    dates   TEXT NOT NULL                 -- JSON: the fields that a Gantt chart or a calendar goes by
);
CREATE UNIQUE INDEX smart_view_id ON smart_view (sheet, view_id);

-- smart_record is a row of a sheet.
CREATE TABLE smart_record (
    no          @serial,
    corpid      @text NOT NULL,
    sheet       BIGINT NOT NULL REFERENCES smart_sheet (no) ON DELETE CASCADE,
    record_id   @text NOT NULL,
    serial      BIGINT NOT NULL,          -- its number in the order of adding
    body        TEXT NOT NULL,            -- JSON: cells by the ids of fields
    created     BIGINT NOT NULL,          -- Unix milliseconds
    updated     BIGINT NOT NULL,
    creator     @text NOT NULL,           -- userid; empty for an application
    creator_app BIGINT NOT NULL,          -- our number of the application; 0 for a member
    updater     @text NOT NULL,
    updater_app BIGINT NOT NULL
);
CREATE UNIQUE INDEX smart_record_id ON smart_record (sheet, record_id);
CREATE INDEX smart_record_no ON smart_record (sheet, no);
CREATE INDEX smart_record_corp ON smart_record (corpid);

-- smart_rule says what members may do in the sheets of a document.
CREATE TABLE smart_rule (
    no      @serial,
    corpid  @text NOT NULL,
    doc     BIGINT NOT NULL REFERENCES wedoc (no) ON DELETE CASCADE,
    rule_id BIGINT NOT NULL,              -- 1 for everybody
    name    TEXT NOT NULL,
    privs   TEXT NOT NULL,                -- JSON: of each sheet that it names
    users   TEXT NOT NULL                 -- JSON: userids
);
CREATE UNIQUE INDEX smart_rule_id ON smart_rule (doc, rule_id);
CREATE INDEX smart_rule_corp ON smart_rule (corpid);
