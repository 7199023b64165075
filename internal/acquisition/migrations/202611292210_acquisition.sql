-- +goose Up

-- acquisition_link is a link (获客链接) by which WeChat users add members.
CREATE TABLE acquisition_link (
    no             @serial,
    corpid         @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    link_id        @text NOT NULL,
    app            BIGINT NOT NULL, -- who made it; 0 is an administrator
    name           TEXT NOT NULL,
    members        TEXT NOT NULL,   -- JSON, numbers
    departments    TEXT NOT NULL,   -- JSON
    skip_verify    BIGINT NOT NULL,
    mark_source    BIGINT NOT NULL,
    priority       BIGINT NOT NULL, -- who comes first of those who know the customer: 0 nobody, 1 anybody in the corp, 2 those named
    priority_users TEXT NOT NULL,   -- JSON, numbers
    created_at     BIGINT NOT NULL, -- Unix seconds
    turns          BIGINT NOT NULL, -- how many customers have been led
    unavailable    BIGINT NOT NULL, -- 1 once it was told that nobody of the link can be added
    UNIQUE (corpid, link_id)
);
CREATE INDEX acquisition_link_app ON acquisition_link (corpid, app, no);

-- acquisition_customer is a customer who has asked a member by a link.
CREATE TABLE acquisition_customer (
    no       @serial,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    link     BIGINT NOT NULL REFERENCES acquisition_link (no) ON DELETE CASCADE,
    customer BIGINT NOT NULL, -- our number
    kind     BIGINT NOT NULL, -- the customer's
    member   BIGINT NOT NULL, -- our number
    state    TEXT NOT NULL,
    added_at BIGINT NOT NULL, -- Unix seconds; 0 while the member has not confirmed
    messages BIGINT NOT NULL, -- that the member has received
    UNIQUE (corpid, customer, member)
);
CREATE INDEX acquisition_customer_link ON acquisition_customer (corpid, link, no);

-- acquisition_day counts what a day brought to a link.
CREATE TABLE acquisition_day (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    link   BIGINT NOT NULL REFERENCES acquisition_link (no) ON DELETE CASCADE,
    day    BIGINT NOT NULL, -- Unix seconds of its beginning in China
    clicks BIGINT NOT NULL,
    added  BIGINT NOT NULL,
    PRIMARY KEY (corpid, link, day)
) @rowless;

-- acquisition_quota is how many customers a corp may still win, of one purchase.
CREATE TABLE acquisition_quota (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    balance    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, -- Unix seconds
    next_at    BIGINT NOT NULL  -- Unix seconds: when it is told next that it expires, or does; 0 if never more
);
CREATE INDEX acquisition_quota_corp ON acquisition_quota (corpid, expires_at);
CREATE INDEX acquisition_quota_due ON acquisition_quota (next_at) WHERE next_at > 0;

-- acquisition_use counts all that a corp has used, and serialises what counts its quota.
CREATE TABLE acquisition_use (
    corpid @text NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    used   BIGINT NOT NULL
);
