-- +goose Up

-- advanced_order is what a provider buys of the interface to the contents of conversations
-- (会话内容数据接口) for a customer.
CREATE TABLE advanced_order (
    no             @serial,
    provider       BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid         @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    orderid        @text NOT NULL UNIQUE,
    kind           BIGINT NOT NULL, -- 0 new, 1 more people, 2 renewal, 3 upgrade
    status         BIGINT NOT NULL, -- 0 unpaid, 1 paid, 2 cancelled, 4 refund asked for, 5 refunded, 6 refund refused
    edition        BIGINT NOT NULL, -- 2 conversations inside and outside, 3 calls as well
    people         BIGINT NOT NULL,
    begins_at      BIGINT NOT NULL, -- Unix seconds
    ends_at        BIGINT NOT NULL,
    holding        BIGINT NOT NULL, -- that is extended or upgraded, 0 if there is none
    price          BIGINT NOT NULL, -- fen
    original_price BIGINT NOT NULL, -- of an upgrade, before what the older edition has left
    from_balance   BIGINT NOT NULL, -- it was paid from the balance
    buyer          @text NOT NULL,
    created_at     BIGINT NOT NULL  -- Unix milliseconds
);
CREATE INDEX advanced_order_provider ON advanced_order (provider, no);
CREATE INDEX advanced_order_corp ON advanced_order (corpid, provider);

-- advanced_holding is a period for which a customer has an edition.
CREATE TABLE advanced_holding (
    no        @serial,
    provider  BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    corpid    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    edition   BIGINT NOT NULL, -- 0 a trial
    people    BIGINT NOT NULL, -- 0 after all were upgraded
    begins_at BIGINT NOT NULL, -- Unix seconds
    ends_at   BIGINT NOT NULL,
    ended     BIGINT NOT NULL  -- the provider has been told
);
CREATE INDEX advanced_holding_corp ON advanced_holding (corpid, provider);
CREATE INDEX advanced_holding_provider ON advanced_holding (provider);
CREATE INDEX advanced_holding_end ON advanced_holding (ends_at) WHERE ended = 0;
