-- +goose Up

-- archive_corp is an enterprise that has set its archive up. It changes seldom and is read with every message.
CREATE TABLE archive_corp (
    no       @serial,
    corpid   @text NOT NULL UNIQUE REFERENCES corp (corpid) ON DELETE CASCADE,
    settings TEXT NOT NULL -- JSON
);

-- archive_key is a public key that records are sealed for. The newest counts; the others say what old records
-- are sealed for.
CREATE TABLE archive_key (
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    version    BIGINT NOT NULL,
    public_key TEXT NOT NULL,   -- PEM
    created_at BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (corpid, version)
) @rowless;

-- archive_chain is the end of an archive's records, and who appends to them.
CREATE TABLE archive_chain (
    archive   BIGINT NOT NULL PRIMARY KEY REFERENCES archive_corp (no) ON DELETE CASCADE,
    corpid    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    seq       BIGINT NOT NULL, -- of the newest record
    hash      @bytes NOT NULL, -- of the newest record
    notify_at BIGINT NOT NULL, -- Unix seconds: when msgaudit_notify is due; 0 if it is not
    holder    @text NOT NULL,
    until     BIGINT NOT NULL  -- Unix milliseconds
);
CREATE INDEX archive_chain_notify ON archive_chain (notify_at) WHERE notify_at > 0;

-- archive_pending is a message that was said and is to be sealed. It was written together with the message.
CREATE TABLE archive_pending (
    no      @serial,
    archive BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    head    TEXT NOT NULL, -- JSON
    plain   TEXT NOT NULL  -- the plaintext, as clients decrypt it
);
CREATE INDEX archive_pending_of ON archive_pending (archive, no);

-- archive_record is a sealed message. Records are appended and never changed, except that an erased one loses
-- what is sealed in it and keeps its place in the chain.
CREATE TABLE archive_record (
    archive    BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    seq        BIGINT NOT NULL,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    msgid      @text NOT NULL,
    at         BIGINT NOT NULL, -- Unix milliseconds, of the message
    kept_at    BIGINT NOT NULL, -- Unix milliseconds; grows with seq
    action     @text NOT NULL,
    msgtype    @text NOT NULL,
    sender     @text NOT NULL,
    peer       @text NOT NULL,  -- the other one of two
    roomid     @text NOT NULL,
    external   BIGINT NOT NULL, -- somebody outside takes part
    version    BIGINT NOT NULL, -- of the key
    sealed_key TEXT NOT NULL,   -- encrypt_random_key
    sealed_msg TEXT NOT NULL,   -- encrypt_chat_msg
    plain_sum  @bytes NOT NULL, -- SHA-256 of the plaintext if that is kept
    digest     @bytes NOT NULL,
    hash       @bytes NOT NULL,
    erased     BIGINT NOT NULL, -- number of the erasure; 0 if it is there
    PRIMARY KEY (archive, seq)
) @rowless;
CREATE INDEX archive_record_sender ON archive_record (archive, sender, seq);
CREATE INDEX archive_record_room ON archive_record (archive, roomid, seq);
CREATE INDEX archive_record_msgid ON archive_record (archive, msgid);

-- archive_plain is the plaintext of a record, where the enterprise keeps it.
CREATE TABLE archive_plain (
    archive BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    seq     BIGINT NOT NULL,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    plain   TEXT NOT NULL,
    PRIMARY KEY (archive, seq)
) @rowless;

-- archive_gram says which records have two neighbouring characters in what is said in them.
CREATE TABLE archive_gram (
    archive BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    gram    BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    PRIMARY KEY (archive, gram, seq)
) @rowless;

-- archive_file is a file that a record names.
CREATE TABLE archive_file (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    msgid   @text NOT NULL,  -- of the message that names it
    blob    @text NOT NULL,  -- where its content is kept
    size    BIGINT NOT NULL,
    name    TEXT NOT NULL,
    kept_at BIGINT NOT NULL, -- Unix milliseconds
    erased  BIGINT NOT NULL  -- number of the erasure; 0 if it is there
);
CREATE INDEX archive_file_message ON archive_file (corpid, msgid);

-- archive_agree is what somebody outside has answered to being archived, in one conversation.
CREATE TABLE archive_agree (
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member     BIGINT NOT NULL, -- our number; 0 in a room
    roomid     @text NOT NULL,  -- empty in a conversation of two
    external   @text NOT NULL,  -- external_userid
    status     @text NOT NULL,  -- Agree, Disagree or Default_Agree
    changed_at BIGINT NOT NULL, -- Unix seconds
    PRIMARY KEY (corpid, member, roomid, external)
) @rowless;

-- archive_revoked says which record a later one has taken back. The record stays as it is.
CREATE TABLE archive_revoked (
    archive    BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    seq        BIGINT NOT NULL,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    revoked_by BIGINT NOT NULL, -- seq
    PRIMARY KEY (archive, seq)
) @rowless;

-- archive_read is who has read what outside of the library.
CREATE TABLE archive_read (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    at      BIGINT NOT NULL, -- Unix milliseconds
    app     BIGINT NOT NULL,
    address TEXT NOT NULL,
    what    @text NOT NULL,
    asked   TEXT NOT NULL
);
CREATE INDEX archive_read_corp ON archive_read (corpid, no);
