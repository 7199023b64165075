-- +goose Up

-- customer_day counts what was said, too: the statistics of a month then read one row of a
-- day in place of all its messages.
ALTER TABLE customer_day ADD COLUMN chats    BIGINT NOT NULL DEFAULT 0; -- customers to whom the member wrote
ALTER TABLE customer_day ADD COLUMN messages BIGINT NOT NULL DEFAULT 0; -- that the member wrote
ALTER TABLE customer_day ADD COLUMN asked    BIGINT NOT NULL DEFAULT 0; -- chats that a customer began
ALTER TABLE customer_day ADD COLUMN replied  BIGINT NOT NULL DEFAULT 0; -- of those, answered on the same day
ALTER TABLE customer_day ADD COLUMN waited   BIGINT NOT NULL DEFAULT 0; -- milliseconds, for those answers

-- customer_talk is how far a member and a customer came on the last day on which one of them wrote.
CREATE TABLE customer_talk (
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member   BIGINT NOT NULL, -- our number
    customer BIGINT NOT NULL REFERENCES customer (no) ON DELETE CASCADE,
    day      BIGINT NOT NULL, -- Unix seconds of its beginning in China
    asked    BIGINT NOT NULL, -- Unix milliseconds, when the customer began; 0 if the member did
    wrote    BIGINT NOT NULL, -- the member has
    PRIMARY KEY (corpid, member, customer)
) @rowless;
CREATE INDEX customer_talk_customer ON customer_talk (customer);

-- What was said before is counted once. A welcome and a mass message are no member's words.
INSERT INTO customer_day (corpid, member, day, applied, added, removals, chats, messages, asked, replied, waited)
SELECT corpid, member, day, 0, 0, 0, count(answered), CAST(sum(written) AS BIGINT), CAST(sum(CASE WHEN asked > 0 THEN 1 ELSE 0 END) AS BIGINT),
    CAST(sum(CASE WHEN asked > 0 AND answered IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT), CAST(sum(CASE WHEN asked > 0 THEN coalesce(answered - asked, 0) ELSE 0 END) AS BIGINT)
FROM (
    SELECT corpid, member, customer, day, max(CASE WHEN turn = 1 AND author = 'customer' THEN at ELSE 0 END) AS asked,
        min(CASE WHEN author = 'member' THEN at END) AS answered, sum(CASE WHEN author = 'member' THEN 1 ELSE 0 END) AS written
    FROM (
        SELECT corpid, member, customer, author, at, (at / 1000 + 28800) / 86400 * 86400 - 28800 AS day,
            row_number() OVER (PARTITION BY corpid, member, customer, (at / 1000 + 28800) / 86400 ORDER BY at, no) AS turn
        FROM customer_message WHERE author IN ('customer', 'member')
    ) said
    GROUP BY corpid, member, customer, day
) talked
GROUP BY corpid, member, day
ON CONFLICT (corpid, member, day) DO UPDATE SET chats = excluded.chats, messages = excluded.messages, asked = excluded.asked, replied = excluded.replied, waited = excluded.waited;

INSERT INTO customer_talk (corpid, member, customer, day, asked, wrote)
SELECT corpid, member, customer, day, max(CASE WHEN turn = 1 AND author = 'customer' THEN at ELSE 0 END), max(CASE WHEN author = 'member' THEN 1 ELSE 0 END)
FROM (
    SELECT corpid, member, customer, author, at, (at / 1000 + 28800) / 86400 * 86400 - 28800 AS day,
        row_number() OVER (PARTITION BY corpid, member, customer, (at / 1000 + 28800) / 86400 ORDER BY at, no) AS turn,
        max((at / 1000 + 28800) / 86400) OVER (PARTITION BY corpid, member, customer) AS last
    FROM customer_message WHERE author IN ('customer', 'member')
) said
WHERE (day + 28800) / 86400 = last
GROUP BY corpid, member, customer, day;
