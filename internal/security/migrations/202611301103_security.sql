-- +goose Up

-- security_act is what a member did, of those operations that the platform logs (成员操作记录).
CREATE TABLE security_act (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    at      BIGINT NOT NULL, -- Unix seconds
    userkey @text NOT NULL,  -- userid in lower case
    userid  @text NOT NULL,  -- kept when the member has left
    type    BIGINT NOT NULL, -- oper_type
    detail  TEXT NOT NULL,
    address @text NOT NULL
);
CREATE INDEX security_act_at ON security_act (corpid, at, no);
CREATE INDEX security_act_user ON security_act (corpid, userkey, type);

-- security_file is what somebody did with a file (文件防泄漏).
CREATE TABLE security_file (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    at      BIGINT NOT NULL,
    userkey @text NOT NULL,  -- empty for somebody outside
    userid  @text NOT NULL,
    type    BIGINT NOT NULL,
    source  BIGINT NOT NULL, -- 0 if it has none
    body    TEXT NOT NULL    -- JSON
);
CREATE INDEX security_file_at ON security_file (corpid, at, no);
CREATE INDEX security_file_user ON security_file (corpid, userkey);

-- security_screen is a shot or a recording of a screen (截屏/录屏管理).
CREATE TABLE security_screen (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    at         BIGINT NOT NULL,
    userkey    @text NOT NULL,
    userid     @text NOT NULL,
    department BIGINT NOT NULL, -- the member's main one
    type       BIGINT NOT NULL,
    content    TEXT NOT NULL,
    system     @text NOT NULL
);
CREATE INDEX security_screen_at ON security_screen (corpid, at, no);
CREATE INDEX security_screen_user ON security_screen (corpid, userkey);

-- security_device is a computer that members sign in with (设备管理).
CREATE TABLE security_device (
    no        @serial,
    corpid    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    code      @text NOT NULL,
    status    BIGINT NOT NULL,           -- doc 98920
    source    BIGINT NOT NULL,
    last_user @text NOT NULL DEFAULT '', -- userid of who signed in last
    last_key  @text NOT NULL DEFAULT '', -- in lower case
    body      TEXT NOT NULL              -- JSON
);
CREATE UNIQUE INDEX security_device_code ON security_device (corpid, code);
CREATE INDEX security_device_status ON security_device (corpid, status, no);
CREATE INDEX security_device_user ON security_device (corpid, last_key);

-- security_mark is what tells a device from others: the address of a network card, or a Mac's serial number.
CREATE TABLE security_mark (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    mark   @text NOT NULL,
    device BIGINT NOT NULL REFERENCES security_device (no) ON DELETE CASCADE,
    PRIMARY KEY (corpid, mark)
) @rowless;
CREATE INDEX security_mark_device ON security_mark (device);

-- security_vip is a member with the advanced features (高级功能账号).
CREATE TABLE security_vip (
    member BIGINT PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE
);
CREATE INDEX security_vip_corp ON security_vip (corpid, member);

-- security_quota is how many such accounts a corp has bought; without a row it has as many as it wants.
CREATE TABLE security_quota (
    corpid   @text PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    accounts BIGINT NOT NULL
);
