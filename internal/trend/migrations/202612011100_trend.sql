-- +goose Up

-- trend_minute is what happened in an enterprise in a minute. Without an enterprise it is what strangers did, whose
-- calls had no valid token; of those there may be several rows of a minute.
CREATE TABLE trend_minute (
    no        @serial,
    corpid    @text REFERENCES corp (corpid) ON DELETE CASCADE,
    minute    BIGINT NOT NULL, -- since 1970
    calls     BIGINT NOT NULL,
    refused   BIGINT NOT NULL, -- calls that were answered with an error
    delivered BIGINT NOT NULL,
    retried   BIGINT NOT NULL,
    failed    BIGINT NOT NULL,
    entered   BIGINT NOT NULL, -- sign-ins
    turned    BIGINT NOT NULL, -- sign-ins that were refused
    under1    BIGINT NOT NULL, -- calls that took less than 1 ms
    under2    BIGINT NOT NULL, -- 1 to 2 ms, and so on
    under5    BIGINT NOT NULL,
    under10   BIGINT NOT NULL,
    under20   BIGINT NOT NULL,
    under50   BIGINT NOT NULL,
    under100  BIGINT NOT NULL,
    under200  BIGINT NOT NULL,
    under500  BIGINT NOT NULL,
    under1000 BIGINT NOT NULL,
    under2000 BIGINT NOT NULL,
    under5000 BIGINT NOT NULL,
    longer    BIGINT NOT NULL
);
CREATE UNIQUE INDEX trend_minute_of ON trend_minute (corpid, minute);

-- trend_code counts the calls of a minute that were answered with one error.
CREATE TABLE trend_code (
    no     @serial,
    corpid @text REFERENCES corp (corpid) ON DELETE CASCADE,
    minute BIGINT NOT NULL,
    code   BIGINT NOT NULL, -- 0 for those that are not told apart
    n      BIGINT NOT NULL
);
CREATE UNIQUE INDEX trend_code_of ON trend_code (corpid, minute, code);
