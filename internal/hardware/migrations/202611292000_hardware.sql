-- +goose Up

-- hardware_model is a model of smart hardware (设备型号), as its provider has it.
CREATE TABLE hardware_model (
    no              @serial,
    provider        BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    partner         @text NOT NULL,  -- the provider's corpid
    modelid         @text NOT NULL,
    secrets         @bytes NOT NULL, -- sealed model_secret and seed of the secret_no
    callback_keys   @bytes NOT NULL, -- sealed Token and EncodingAESKey
    settings        TEXT NOT NULL,   -- JSON
    created_at      BIGINT NOT NULL, -- Unix milliseconds, as the others
    tickets         TEXT NOT NULL,   -- JSON: when each ticket was made that may still be good, newest first
    ticket_due      BIGINT NOT NULL, -- when the next is made; 0 for none
    token_round     BIGINT NOT NULL DEFAULT 1,
    token_issued_at BIGINT NOT NULL DEFAULT 0  -- Unix seconds
);
CREATE UNIQUE INDEX hardware_model_modelid ON hardware_model (modelid);
CREATE INDEX hardware_model_provider ON hardware_model (provider);
CREATE INDEX hardware_model_ticket_due ON hardware_model (ticket_due) WHERE ticket_due > 0;

-- hardware_common is where a provider is asked about serial numbers (智慧硬件-通用开发参数).
CREATE TABLE hardware_common (
    provider      BIGINT PRIMARY KEY REFERENCES provider (no) ON DELETE CASCADE,
    url           TEXT NOT NULL,
    callback_keys @bytes NOT NULL
) @rowless;

-- hardware_device is a device by its serial number.
CREATE TABLE hardware_device (
    no              @serial,
    model           BIGINT NOT NULL REFERENCES hardware_model (no) ON DELETE CASCADE,
    sn              @text NOT NULL,
    snkey           @text NOT NULL,  -- in lower case
    secret_no       @bytes NOT NULL, -- sealed
    seeded          SMALLINT NOT NULL, -- 1 until it has exchanged the model's seed for a secret_no of its own
    registered      SMALLINT NOT NULL DEFAULT 0, -- 1 once it has got an active_code
    created_at      BIGINT NOT NULL,
    round           BIGINT NOT NULL DEFAULT 1, -- raised by each binding; secrets and tokens of earlier ones end
    token_issued_at BIGINT NOT NULL DEFAULT 0, -- Unix seconds
    corpid          @text REFERENCES corp (corpid) ON DELETE SET NULL,
    bound           SMALLINT NOT NULL DEFAULT 0, -- 1 bound, 2 the provider is asked
    bound_at        BIGINT NOT NULL DEFAULT 0,
    bound_by        @text NOT NULL DEFAULT '', -- userid
    code_at         BIGINT NOT NULL DEFAULT 0, -- when its auth_code was made; 0 once that is used
    remark          TEXT NOT NULL DEFAULT '',
    people          TEXT NOT NULL DEFAULT '{}', -- JSON: the range of those who use it
    perm_version    BIGINT NOT NULL DEFAULT 0,
    visitor_version BIGINT NOT NULL DEFAULT 0,
    state           TEXT NOT NULL DEFAULT '{}', -- JSON: what the device reports of itself
    conn            @text NOT NULL DEFAULT '',  -- its long connection
    conn_at         BIGINT NOT NULL DEFAULT 0,  -- when that was last heard of
    conn_from       @text NOT NULL DEFAULT ''   -- address
);
CREATE UNIQUE INDEX hardware_device_sn ON hardware_device (snkey);
CREATE INDEX hardware_device_model ON hardware_device (model);
CREATE INDEX hardware_device_corp ON hardware_device (corpid) WHERE corpid IS NOT NULL;

-- hardware_push waits for a device's long connection.
CREATE TABLE hardware_push (
    no     @serial,
    device BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    at     BIGINT NOT NULL,
    frame  TEXT NOT NULL
);
CREATE INDEX hardware_push_device ON hardware_push (device);

-- hardware_rename is what a device was told of changed userids.
CREATE TABLE hardware_rename (
    device       BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    perm_version BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    data         TEXT NOT NULL, -- JSON, the push
    PRIMARY KEY (device, perm_version)
) @rowless;
CREATE INDEX hardware_rename_at ON hardware_rename (at);

-- hardware_enrolment is what a provider's devices in a corp know somebody by.
CREATE TABLE hardware_enrolment (
    provider  BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    user_type SMALLINT NOT NULL,
    userkey   @text NOT NULL, -- userid in lower case, or a visitor's id
    fp_ver    BIGINT NOT NULL DEFAULT 0,
    fa_ver    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (provider, corpid, user_type, userkey)
) @rowless;
CREATE INDEX hardware_enrolment_corp ON hardware_enrolment (corpid);

-- hardware_feature is a fingerprint or a face, as features that no picture can be made of again.
CREATE TABLE hardware_feature (
    provider  BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    user_type SMALLINT NOT NULL,
    userkey   @text NOT NULL,
    kind      SMALLINT NOT NULL, -- 1 fingerprint, 2 face
    algorithm @text NOT NULL,
    part      BIGINT NOT NULL,   -- which finger, which picture
    data      @bytes NOT NULL,   -- sealed
    PRIMARY KEY (provider, corpid, user_type, userkey, kind, algorithm, part)
) @rowless;
CREATE INDEX hardware_feature_corp ON hardware_feature (corpid);

-- hardware_visitor is a visitor whom a device may let in.
CREATE TABLE hardware_visitor (
    no      @serial,
    device  BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    visitor @text NOT NULL, -- userid/agentid
    name    TEXT NOT NULL,
    rules   TEXT NOT NULL,  -- JSON
    at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX hardware_visitor_id ON hardware_visitor (device, visitor);

-- hardware_record is what a device reports that somebody did: a check-in, a pass, a temperature.
CREATE TABLE hardware_record (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    device      BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    kind        SMALLINT NOT NULL, -- 1 check-in, 2 pass, 4 temperature
    userid      @text NOT NULL,    -- kept when the member has left
    userkey     @text NOT NULL,
    user_type   SMALLINT NOT NULL,
    at          BIGINT NOT NULL,   -- Unix seconds, as the device says
    uploaded_at BIGINT NOT NULL,   -- Unix seconds
    pass_type   SMALLINT NOT NULL,
    pass_method SMALLINT NOT NULL,
    temperature TEXT NOT NULL,
    status      SMALLINT NOT NULL
);
CREATE INDEX hardware_record_uploaded ON hardware_record (corpid, kind, uploaded_at, no);
CREATE INDEX hardware_record_user ON hardware_record (corpid, kind, userkey, at);
CREATE INDEX hardware_record_device ON hardware_record (device);

-- hardware_rule says who may pass which devices when.
CREATE TABLE hardware_rule (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app         BIGINT REFERENCES app (no) ON DELETE SET NULL, -- that made it; none for an administrator's
    name        TEXT NOT NULL,
    effect_time BIGINT NOT NULL, -- Unix seconds
    pass        TEXT NOT NULL,   -- JSON: when the door opens to them; empty for no such rule
    remote      TEXT NOT NULL    -- JSON: when they may open it from afar
);
CREATE INDEX hardware_rule_corp ON hardware_rule (corpid);
CREATE INDEX hardware_rule_app ON hardware_rule (app) WHERE app IS NOT NULL;

CREATE TABLE hardware_rule_device (
    rule   BIGINT NOT NULL REFERENCES hardware_rule (no) ON DELETE CASCADE,
    device BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    PRIMARY KEY (rule, device)
) @rowless;
CREATE INDEX hardware_rule_device_device ON hardware_rule_device (device);

CREATE TABLE hardware_rule_person (
    rule      BIGINT NOT NULL REFERENCES hardware_rule (no) ON DELETE CASCADE,
    remote    SMALLINT NOT NULL,
    user_type SMALLINT NOT NULL,
    userkey   @text NOT NULL,
    userid    @text NOT NULL,
    PRIMARY KEY (rule, remote, user_type, userkey)
) @rowless;
CREATE INDEX hardware_rule_person_user ON hardware_rule_person (userkey);

-- hardware_operation is something that a person asks of a device.
CREATE TABLE hardware_operation (
    no         @serial,
    operid     @text NOT NULL,
    device     BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    userid     @text NOT NULL,
    user_type  SMALLINT NOT NULL,
    detail     TEXT NOT NULL,    -- page_type; before a firmware's upgrade the version
    at         BIGINT NOT NULL,
    outcome    SMALLINT NOT NULL DEFAULT 0, -- 1 done, 2 failed
    errcode    BIGINT NOT NULL DEFAULT 0,
    errmsg     TEXT NOT NULL DEFAULT '',
    code       @text NOT NULL DEFAULT ''    -- auth_code for a scan; empty once it is used
);
CREATE UNIQUE INDEX hardware_operation_operid ON hardware_operation (operid);
CREATE INDEX hardware_operation_device ON hardware_operation (device);
CREATE INDEX hardware_operation_at ON hardware_operation (at);

-- hardware_job is a file that a member prints.
CREATE TABLE hardware_job (
    no        @serial,
    jobid     @text NOT NULL,
    device    BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    corpid    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userid    @text NOT NULL,
    at        BIGINT NOT NULL,
    submitted SMALLINT NOT NULL, -- 1 after a scan
    state     TEXT NOT NULL,     -- of the code that was scanned
    status    SMALLINT NOT NULL DEFAULT 0, -- 1 printed, 2 failed
    errcode   BIGINT NOT NULL DEFAULT 0,
    errmsg    TEXT NOT NULL DEFAULT '',
    name      TEXT NOT NULL,
    size      BIGINT NOT NULL,
    content   @text NOT NULL,    -- key of the file
    settings  TEXT NOT NULL,     -- JSON
    version   BIGINT NOT NULL,   -- of the settings
    aeskey    @bytes NOT NULL,   -- sealed
    waiting   SMALLINT NOT NULL, -- 1 while it is being converted
    pages     TEXT NOT NULL      -- JSON: what it was converted to
);
CREATE UNIQUE INDEX hardware_job_jobid ON hardware_job (jobid);
CREATE INDEX hardware_job_device ON hardware_job (device, no);
CREATE INDEX hardware_job_corp ON hardware_job (corpid);
CREATE INDEX hardware_job_at ON hardware_job (at);

-- hardware_file is what a device has sent: a log, or a scan for a member.
CREATE TABLE hardware_file (
    no      @serial,
    device  BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    at      BIGINT NOT NULL,
    userid  @text NOT NULL, -- who gets the scan; empty for a log
    name    TEXT NOT NULL,
    mediaid @text NOT NULL
);
CREATE INDEX hardware_file_device ON hardware_file (device, at);

-- hardware_grant lets an application read what a device records (设备数据授权).
CREATE TABLE hardware_grant (
    device BIGINT NOT NULL REFERENCES hardware_device (no) ON DELETE CASCADE,
    app    BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    PRIMARY KEY (device, app)
) @rowless;
CREATE INDEX hardware_grant_app ON hardware_grant (app);
