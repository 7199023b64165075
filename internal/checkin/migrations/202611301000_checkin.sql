-- +goose Up

-- checkin_rule is a rule of the check-in application. A deleted one keeps its number and its versions, by which
-- days before are reported.
CREATE TABLE checkin_rule (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    groupid    BIGINT NOT NULL, -- counted in each corp
    app        BIGINT NOT NULL, -- the application that has made it, 0 for an administrator
    created_at BIGINT NOT NULL  -- Unix seconds
);
CREATE UNIQUE INDEX checkin_rule_groupid ON checkin_rule (corpid, groupid);

-- checkin_rule_version is what a rule says from a day on, until its next version.
CREATE TABLE checkin_rule_version (
    corpid   @text NOT NULL,
    rule     BIGINT NOT NULL REFERENCES checkin_rule (no) ON DELETE CASCADE,
    from_day BIGINT NOT NULL, -- a midnight in China, Unix seconds
    body     TEXT NOT NULL,   -- JSON; empty: the rule is deleted
    PRIMARY KEY (rule, from_day)
) @rowless;

-- checkin_count is the number of a corp's last rule.
CREATE TABLE checkin_count (
    corpid @text NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    last   BIGINT NOT NULL
) @rowless;

-- checkin_shift is what a member works on a day, by a rule with shifts.
CREATE TABLE checkin_shift (
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey     @text NOT NULL,  -- userid in lower case
    day         BIGINT NOT NULL, -- a midnight in China, Unix seconds
    groupid     BIGINT NOT NULL,
    schedule_id BIGINT NOT NULL, -- 0: rest
    PRIMARY KEY (corpid, userkey, day)
) @rowless;

-- checkin_record is a check-in.
CREATE TABLE checkin_record (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey @text NOT NULL,  -- userid in lower case
    at      BIGINT NOT NULL, -- Unix seconds
    due     BIGINT NOT NULL, -- of a correction: the time that it stands for, Unix seconds; otherwise 0
    source  BIGINT NOT NULL, -- 1 phone, 2 device, 3 the API, 4 a correction by the API, 5 a correction by approval
    flaws   BIGINT NOT NULL, -- bits: 1 place, 2 Wi-Fi, 4 device, 8 field work, 16 outing
    sp_no   @text NOT NULL,  -- the approval of a correction
    body    TEXT NOT NULL    -- JSON
);
CREATE UNIQUE INDEX checkin_record_once ON checkin_record (corpid, userkey, at, source, due);
CREATE INDEX checkin_record_approval ON checkin_record (corpid, sp_no) WHERE sp_no <> '';

-- checkin_file is a picture that a check-in keeps.
CREATE TABLE checkin_file (
    owner    BIGINT NOT NULL REFERENCES checkin_record (no) ON DELETE CASCADE,
    media_id @text NOT NULL, -- the present one: a new one is given when the last has had its time
    kind     @text NOT NULL,
    name     TEXT NOT NULL,
    type     @text NOT NULL,
    size     BIGINT NOT NULL,
    blob     @text NOT NULL,
    until    BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (owner, media_id)
) @rowless;

-- checkin_face is the picture of a member's face that check-ins are compared with.
CREATE TABLE checkin_face (
    corpid  @text NOT NULL,
    member  BIGINT NOT NULL PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    digest  @text NOT NULL,  -- SHA-256 of the picture, hexadecimal
    size    BIGINT NOT NULL,
    at      BIGINT NOT NULL  -- Unix seconds
) @rowless;
CREATE INDEX checkin_face_digest ON checkin_face (corpid, digest);
