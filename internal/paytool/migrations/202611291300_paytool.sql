-- +goose Up

-- paytool_plan is how a suite is sold: how long it can be tried.
CREATE TABLE paytool_plan (
    suite      BIGINT PRIMARY KEY REFERENCES suite (no) ON DELETE CASCADE,
    trial_days BIGINT NOT NULL -- 0: as long as one likes
) @rowless;

-- paytool_edition is a paid edition of a suite (付费版本).
CREATE TABLE paytool_edition (
    no        @serial,
    suite     BIGINT NOT NULL REFERENCES suite (no) ON DELETE CASCADE,
    editionid @text NOT NULL, -- sp…
    name      TEXT NOT NULL,
    fixed     SMALLINT NOT NULL, -- 1: the price is for all users together
    price     BIGINT NOT NULL,   -- fen for 365 days
    least     BIGINT NOT NULL,   -- users; 0 for no bound
    most      BIGINT NOT NULL
);
CREATE UNIQUE INDEX paytool_edition_editionid ON paytool_edition (editionid);
CREATE INDEX paytool_edition_suite ON paytool_edition (suite, no);

-- paytool_trial is what was told of an installation's edition, and a trial that was
-- prolonged.
CREATE TABLE paytool_trial (
    suite   BIGINT NOT NULL REFERENCES suite (no) ON DELETE CASCADE,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    ends_at BIGINT NOT NULL, -- Unix milliseconds as all times here; 0 where it was not prolonged
    told    SMALLINT NOT NULL, -- the status that the provider was last told of
    over_at BIGINT NOT NULL, -- since when there are more users than were bought; 0 where there are not
    counted TEXT NOT NULL,   -- the day when users were last counted
    PRIMARY KEY (suite, corpid)
) @rowless;
CREATE INDEX paytool_trial_corp ON paytool_trial (corpid);

-- paytool_order is an order for applications of a provider.
CREATE TABLE paytool_order (
    no         @serial,
    provider   BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid     @text REFERENCES corp (corpid) ON DELETE CASCADE, -- NULL until somebody takes it
    orderid    @text NOT NULL,
    business   SMALLINT NOT NULL, -- 1 third-party applications, 2 proxy-developed ones
    kind       SMALLINT NOT NULL, -- 0 new, 1 more users, 2 more time, 3 another edition
    pay_type   SMALLINT NOT NULL, -- 0 the customer pays, 1 the provider, 2 nobody
    source     SMALLINT NOT NULL, -- 1 the customer, 2 the provider
    creator    @text NOT NULL,    -- userid, of whose side ordered
    receipt    TEXT NOT NULL,     -- media_id of what the customer has paid elsewhere
    notify     SMALLINT NOT NULL,
    test       SMALLINT NOT NULL,
    status     SMALLINT NOT NULL,
    origin     BIGINT NOT NULL,   -- fen
    price      BIGINT NOT NULL,
    channel    SMALLINT NOT NULL, -- 1 WeChat, 2 a bank; 0 until it is paid
    created_at BIGINT NOT NULL,
    paid_at    BIGINT NOT NULL,   -- 0 until it is
    due_at     BIGINT NOT NULL,   -- when it is confirmed, or refunded, by itself; 0 for never
    invoice    TEXT NOT NULL      -- JSON; empty without one
);
CREATE UNIQUE INDEX paytool_order_orderid ON paytool_order (orderid);
CREATE INDEX paytool_order_provider ON paytool_order (provider, no);
CREATE INDEX paytool_order_corp ON paytool_order (corpid) WHERE corpid IS NOT NULL;
CREATE INDEX paytool_order_due ON paytool_order (due_at) WHERE due_at > 0;

-- paytool_item is one application in an order.
CREATE TABLE paytool_item (
    no        @serial,
    order_no  BIGINT NOT NULL REFERENCES paytool_order (no) ON DELETE CASCADE,
    suite     BIGINT NOT NULL REFERENCES suite (no) ON DELETE CASCADE,
    editionid @text NOT NULL, -- empty of a proxy-developed application
    users     BIGINT NOT NULL,
    days      BIGINT NOT NULL,
    effect    TEXT NOT NULL,  -- YYYYMMDD, empty for at once
    origin    BIGINT NOT NULL,
    price     BIGINT NOT NULL,
    begin_at  BIGINT NOT NULL, -- 0 until it is paid
    end_at    BIGINT NOT NULL
);
CREATE INDEX paytool_item_order ON paytool_item (order_no, no);
CREATE INDEX paytool_item_suite ON paytool_item (suite, no);

-- paytool_nonce is a nonce_str that was used.
CREATE TABLE paytool_nonce (
    provider BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    nonce    @text NOT NULL,
    used_at  BIGINT NOT NULL,
    PRIMARY KEY (provider, nonce)
) @rowless;
