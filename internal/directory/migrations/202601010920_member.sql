-- +goose Up
CREATE TABLE member (
    no                @serial,
    corpid            @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userid            @text NOT NULL,   -- as written
    userkey           @text NOT NULL,   -- in lower case
    name              TEXT NOT NULL,
    alias             TEXT NOT NULL,
    mobile            @text NOT NULL,   -- canonical: digits, or + and digits
    email             @text NOT NULL,
    biz_mail          @text NOT NULL,
    biz_mail_changes  SMALLINT NOT NULL, -- how often it may still be changed
    position          TEXT NOT NULL,
    gender            SMALLINT NOT NULL,
    telephone         TEXT NOT NULL,
    address           TEXT NOT NULL,
    avatar            TEXT NOT NULL,    -- path on this server, or empty
    external_position TEXT NOT NULL,
    main_department   BIGINT NOT NULL,
    places            TEXT NOT NULL,    -- department:order:leader,…
    leader            BIGINT REFERENCES member (no) ON DELETE SET NULL,
    enabled           SMALLINT NOT NULL,
    activated         SMALLINT NOT NULL,
    generated         SMALLINT NOT NULL, -- the userid is the system's and may be changed
    extattr           TEXT NOT NULL,    -- JSON
    external_profile  TEXT NOT NULL,    -- JSON
    mail_aliases      TEXT NOT NULL,    -- separated by spaces
    created_by        BIGINT NOT NULL,  -- application
    created_at        BIGINT NOT NULL,  -- Unix milliseconds
    invited_at        BIGINT NOT NULL   -- Unix milliseconds, 0 for never
);
CREATE UNIQUE INDEX member_userkey ON member (corpid, userkey);
CREATE INDEX member_corp ON member (corpid, no); -- all ids in order, page by page
CREATE UNIQUE INDEX member_mobile ON member (corpid, mobile) WHERE mobile <> '';
CREATE UNIQUE INDEX member_email ON member (corpid, email) WHERE email <> '';
CREATE UNIQUE INDEX member_biz_mail ON member (corpid, biz_mail) WHERE biz_mail <> '';
CREATE INDEX member_leader ON member (leader) WHERE leader IS NOT NULL;

-- member_department finds the members of a department; it repeats member.places,
-- which is what a member's own list is read from.
CREATE TABLE member_department (
    corpid     @text NOT NULL,
    department BIGINT NOT NULL,
    member     BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    ord        BIGINT NOT NULL,
    is_leader  SMALLINT NOT NULL,
    PRIMARY KEY (corpid, department, member),
    FOREIGN KEY (corpid, department) REFERENCES department (corpid, id)
) @rowless;
CREATE INDEX member_department_member ON member_department (member);
CREATE INDEX member_department_leader ON member_department (corpid, department) WHERE is_leader = 1;

-- member_mail_alias keeps aliases unique in the corp, beside biz_mail.
CREATE TABLE member_mail_alias (
    corpid @text NOT NULL,
    alias  @text NOT NULL,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    PRIMARY KEY (corpid, alias)
) @rowless;
CREATE INDEX member_mail_alias_member ON member_mail_alias (member);

CREATE TABLE activity (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    day    @text NOT NULL, -- YYYY-MM-DD
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    PRIMARY KEY (corpid, day, member)
) @rowless;
CREATE INDEX activity_member ON activity (member);
