-- +goose Up

-- licence_customer is how licences stand between a provider and one of its customers.
-- Without a row nothing is checked.
CREATE TABLE licence_customer (
    provider    BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    test        SMALLINT NOT NULL DEFAULT 0, -- 1: one of the provider's test corps
    checked_at  BIGINT NOT NULL DEFAULT 0,   -- since when licences are checked, Unix milliseconds as all times here; 0: they are not
    trial       SMALLINT NOT NULL DEFAULT 0, -- 1: an application's first 90 days are free
    auto_active SMALLINT NOT NULL DEFAULT 0,
    night       TEXT NOT NULL DEFAULT '',    -- the last day whose early morning has looked for codes that wait
    PRIMARY KEY (provider, corpid)
) @rowless;
CREATE INDEX licence_customer_corp ON licence_customer (corpid);

-- licence_first is when a corp first had a suite, once it has removed it.
CREATE TABLE licence_first (
    suite        BIGINT NOT NULL REFERENCES suite (no) ON DELETE CASCADE,
    corpid       @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    installed_at BIGINT NOT NULL,
    PRIMARY KEY (suite, corpid)
) @rowless;
CREATE INDEX licence_first_corp ON licence_first (corpid);

-- licence_wallet is what a provider has paid in (充值账户).
CREATE TABLE licence_wallet (
    provider BIGINT PRIMARY KEY REFERENCES provider (no) ON DELETE CASCADE,
    balance  BIGINT NOT NULL -- fen
) @rowless;

-- licence_job is a list that an order is made of, or a payment.
CREATE TABLE licence_job (
    no           @serial,
    provider     BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid       @text REFERENCES corp (corpid) ON DELETE CASCADE, -- of a renewal
    jobid        @text NOT NULL,
    kind         SMALLINT NOT NULL, -- 1 a renewal, 2 a purchase for several corps, 3 a payment
    state        SMALLINT NOT NULL, -- 0 open, 1 submitted, 2 done, 3 failed
    buyer        @text NOT NULL,    -- userid in the provider
    order_no     BIGINT NOT NULL,   -- 0 until there is one
    submitted_at BIGINT NOT NULL,
    code         BIGINT NOT NULL    -- why it failed
);
CREATE UNIQUE INDEX licence_job_jobid ON licence_job (jobid);
CREATE INDEX licence_job_provider ON licence_job (provider);
CREATE INDEX licence_job_corp ON licence_job (corpid) WHERE corpid IS NOT NULL;
CREATE INDEX licence_job_due ON licence_job (no) WHERE state = 1;

-- licence_renewal is an account in a renewal.
CREATE TABLE licence_renewal (
    no     @serial,
    job    BIGINT NOT NULL REFERENCES licence_job (no) ON DELETE CASCADE,
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member BIGINT NOT NULL, -- our number
    type   SMALLINT NOT NULL,
    days   BIGINT NOT NULL DEFAULT 0 -- that it was given, once the order is paid
);
CREATE UNIQUE INDEX licence_renewal_member ON licence_renewal (job, member, type);
CREATE INDEX licence_renewal_corp ON licence_renewal (corpid);

-- licence_purchase is a corp in a purchase for several.
CREATE TABLE licence_purchase (
    no          @serial,
    job         BIGINT NOT NULL REFERENCES licence_job (no) ON DELETE CASCADE,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    basic       BIGINT NOT NULL,
    external    BIGINT NOT NULL,
    months      BIGINT NOT NULL,
    days        BIGINT NOT NULL,
    auto_active SMALLINT NOT NULL,
    code        BIGINT NOT NULL -- why nothing was ordered for it; 0 otherwise
);
CREATE UNIQUE INDEX licence_purchase_member ON licence_purchase (job, corpid);
CREATE INDEX licence_purchase_corp ON licence_purchase (corpid);

-- licence_order is a provider's order for a customer, or for several.
CREATE TABLE licence_order (
    no          @serial,
    provider    BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid      @text REFERENCES corp (corpid) ON DELETE CASCADE, -- NULL where it is for several
    parent      BIGINT REFERENCES licence_order (no) ON DELETE CASCADE,
    orderid     @text NOT NULL,
    kind        SMALLINT NOT NULL, -- 1 a purchase, 2 a renewal, 8 for several corps
    status      SMALLINT NOT NULL,
    test        SMALLINT NOT NULL,
    job         BIGINT NOT NULL,   -- the renewal that it is; 0 for others
    basic       BIGINT NOT NULL,   -- accounts
    external    BIGINT NOT NULL,
    months      BIGINT NOT NULL,
    days        BIGINT NOT NULL,
    until       BIGINT NOT NULL,   -- Unix seconds: when what is renewed is to end; 0 for others
    price       BIGINT NOT NULL,   -- fen
    buyer       @text NOT NULL,
    auto_active SMALLINT NOT NULL, -- what payment sets; -1 for nothing
    method      SMALLINT NOT NULL, -- 0 not chosen, 1 the balance, 2 elsewhere
    made        BIGINT NOT NULL,   -- how far the accounts are made or renewed: their number, or the last one's
    waiting     SMALLINT NOT NULL, -- 1 while some are left
    created_at  BIGINT NOT NULL,
    paid_at     BIGINT NOT NULL    -- 0 until it is
);
CREATE UNIQUE INDEX licence_order_orderid ON licence_order (orderid);
CREATE INDEX licence_order_provider ON licence_order (provider, no);
CREATE INDEX licence_order_corp ON licence_order (corpid, provider, no) WHERE corpid IS NOT NULL;
CREATE INDEX licence_order_parent ON licence_order (parent, no) WHERE parent IS NOT NULL;
CREATE INDEX licence_order_waiting ON licence_order (no) WHERE waiting = 1;

-- licence_code is an account that was paid for (激活码).
CREATE TABLE licence_code (
    no          @serial,
    provider    BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE, -- whose members may have it
    order_no    BIGINT NOT NULL,
    code        @text NOT NULL,
    type        SMALLINT NOT NULL, -- 1 basic, 2 external
    days        BIGINT NOT NULL,   -- bought
    state       SMALLINT NOT NULL, -- 0 good, 1 merged into another, 2 refunded
    member      BIGINT NOT NULL,   -- our number; 0 until it is bound
    created_at  BIGINT NOT NULL,
    bind_by     BIGINT NOT NULL,   -- until when it can be bound
    active_at   BIGINT NOT NULL,   -- 0 until it is bound
    expire_at   BIGINT NOT NULL,
    moved_at    BIGINT NOT NULL,   -- when it was last given to another member
    idle        SMALLINT NOT NULL, -- 1: its member has left or is out of range, and somebody else may have it
    merged_to   @text NOT NULL,
    merged_from @text NOT NULL,
    shared_from @text NOT NULL     -- the corp that it was given by
);
CREATE UNIQUE INDEX licence_code_code ON licence_code (code);
CREATE UNIQUE INDEX licence_code_member ON licence_code (provider, corpid, member, type) WHERE member > 0 AND state = 0;
CREATE INDEX licence_code_free ON licence_code (provider, corpid, type, bind_by) WHERE member = 0 AND state = 0;
CREATE INDEX licence_code_corp ON licence_code (corpid, provider, no);
CREATE INDEX licence_code_order ON licence_code (order_no, no);

-- licence_share says that a provider may give codes of one corp to another (上下游, 企业互联).
CREATE TABLE licence_share (
    provider BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE, -- the upper one
    lower    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    link     SMALLINT NOT NULL, -- 0 a chain (上下游), 1 linked corps (企业互联)
    people   BIGINT NOT NULL,   -- of the lower one whom the upper one sees
    app      SMALLINT NOT NULL, -- 1: an application of the provider is shared
    shared   BIGINT NOT NULL,   -- codes that were given
    PRIMARY KEY (provider, corpid, lower, link)
) @rowless;
CREATE INDEX licence_share_corp ON licence_share (corpid);
CREATE INDEX licence_share_lower ON licence_share (lower);
