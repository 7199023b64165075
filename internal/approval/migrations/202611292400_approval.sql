-- +goose Up

-- approval_template is a template of the approval application.
CREATE TABLE approval_template (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    template_id @text NOT NULL,
    app         BIGINT NOT NULL, -- the third party's application that it belongs to, 0 for the corp's own
    maker       BIGINT NOT NULL, -- the application that has made it by the API, 0 for none
    source      @text NOT NULL,  -- what it is a copy of: a provider's open_template_id, or "system" and a name
    name        @text NOT NULL,
    record_type BIGINT NOT NULL,
    body        TEXT NOT NULL    -- JSON: names, controls, process
);
CREATE UNIQUE INDEX approval_template_id ON approval_template (corpid, template_id);
CREATE UNIQUE INDEX approval_template_name ON approval_template (corpid, app, name);

-- approval_provider_template is a template of a suite, which is copied to corps.
CREATE TABLE approval_provider_template (
    no               @serial,
    suite            @text NOT NULL, -- suite_id
    open_template_id @text NOT NULL UNIQUE,
    body             TEXT NOT NULL
);

-- approval_day counts the approvals of a day, which are numbered.
CREATE TABLE approval_day (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    day    @text NOT NULL, -- 20060102 in China
    last   BIGINT NOT NULL,
    PRIMARY KEY (corpid, day)
) @rowless;

-- approval_case is a submitted approval.
CREATE TABLE approval_case (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    sp_no       @text NOT NULL,
    template_id @text NOT NULL,
    app         BIGINT NOT NULL, -- as in approval_template
    status      BIGINT NOT NULL,
    record_type BIGINT NOT NULL,
    applied_at  BIGINT NOT NULL, -- Unix seconds
    creator     @text NOT NULL,  -- userid in lower case
    department  BIGINT NOT NULL,
    body        TEXT NOT NULL,   -- JSON
    version     BIGINT NOT NULL
);
CREATE UNIQUE INDEX approval_case_number ON approval_case (corpid, sp_no);
CREATE INDEX approval_case_time ON approval_case (corpid, applied_at, no);
CREATE INDEX approval_case_template ON approval_case (corpid, template_id, applied_at, no);
CREATE INDEX approval_case_creator ON approval_case (corpid, creator, applied_at, no);
CREATE INDEX approval_case_department ON approval_case (corpid, department, applied_at, no);
CREATE INDEX approval_case_app ON approval_case (corpid, app, applied_at, no) WHERE app <> 0;
CREATE INDEX approval_case_type ON approval_case (corpid, record_type, applied_at, no) WHERE record_type <> 0;
CREATE INDEX approval_case_status ON approval_case (corpid, status, applied_at, no);

-- approval_person says what an approval has to do with a member.
CREATE TABLE approval_person (
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey  @text NOT NULL,  -- userid in lower case
    role     BIGINT NOT NULL, -- 1 applied, 2 is to decide, 3 has decided or will, 4 was told
    approval BIGINT NOT NULL, -- the corp's deletion is theirs
    PRIMARY KEY (corpid, userkey, role, approval)
) @rowless;

-- approval_span is the time of an absence that is not refused or withdrawn.
CREATE TABLE approval_span (
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey  @text NOT NULL,
    start_at BIGINT NOT NULL, -- Unix seconds
    end_at   BIGINT NOT NULL, -- the first second after it
    kind     BIGINT NOT NULL, -- 1 leave, 3 trip, 4 outing, 5 overtime
    approval BIGINT NOT NULL, -- the corp's deletion is theirs
    PRIMARY KEY (corpid, userkey, start_at, approval, kind)
) @rowless;

-- approval_file is a file that an approval keeps.
CREATE TABLE approval_file (
    owner    BIGINT NOT NULL REFERENCES approval_case (no) ON DELETE CASCADE,
    media_id @text NOT NULL, -- the present one: a new one is given when the last has had its time
    kind     @text NOT NULL,
    name     TEXT NOT NULL,
    type     @text NOT NULL,
    size     BIGINT NOT NULL,
    blob     @text NOT NULL,
    until    BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (owner, media_id)
) @rowless;

-- approval_vacation are the kinds of leave of a corp; the usual ones if it has no row.
CREATE TABLE approval_vacation (
    corpid @text NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    body   TEXT NOT NULL
) @rowless;

-- approval_account is a member's balance of a kind of leave.
CREATE TABLE approval_account (
    corpid   @text NOT NULL,
    member   BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    vacation BIGINT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (member, vacation)
) @rowless;

-- approval_account_change is what changed a balance.
CREATE TABLE approval_account_change (
    no       @serial,
    corpid   @text NOT NULL,
    member   BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    vacation BIGINT NOT NULL,
    at       BIGINT NOT NULL, -- Unix milliseconds
    seconds  BIGINT NOT NULL, -- what was left afterwards
    app      BIGINT NOT NULL,
    remark   TEXT NOT NULL
);
CREATE INDEX approval_account_change_member ON approval_account_change (member, vacation, no);

-- approval_open_template is a process of the approval engine, which an application has.
CREATE TABLE approval_open_template (
    corpid      @text NOT NULL,
    app         BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    template_id @text NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (app, template_id)
) @rowless;

-- approval_open is an approval inside an application.
CREATE TABLE approval_open (
    no       @serial,
    corpid   @text NOT NULL,
    app      BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    third_no @text NOT NULL, -- as the application names it
    body     TEXT NOT NULL,
    version  BIGINT NOT NULL
);
CREATE UNIQUE INDEX approval_open_number ON approval_open (app, third_no);
