-- +goose Up

-- mass_message is a message that members send to many customers, or to many groups of
-- customers (群发). It waits for each member to confirm it.
CREATE TABLE mass_message (
    no           @serial,
    corpid       @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app          BIGINT NOT NULL, -- who made it; 0 is a person
    creator      BIGINT NOT NULL, -- member, our number; 0 for an application
    personal     BIGINT NOT NULL, -- the member made it alone, and for nobody else
    kind         BIGINT NOT NULL, -- 1 to customers, 2 to groups
    content      TEXT NOT NULL,   -- JSON
    shared       BIGINT NOT NULL, -- the same in customer_content
    allow_select BIGINT NOT NULL, -- members may choose among their customers
    named        BIGINT NOT NULL, -- of one to groups: these were named
    source       TEXT NOT NULL,   -- JSON: whom it is for, as far as that is being found out
    place        BIGINT NOT NULL, -- how far that has come
    state        BIGINT NOT NULL, -- 1 being prepared, 2 ready, 3 cancelled
    created_at   BIGINT NOT NULL  -- Unix seconds
);
CREATE INDEX mass_message_corp ON mass_message (corpid, kind, no);
CREATE INDEX mass_message_preparing ON mass_message (no) WHERE state = 1;

-- mass_task is a member's part of a message.
CREATE TABLE mass_task (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    message BIGINT NOT NULL REFERENCES mass_message (no) ON DELETE CASCADE,
    member  BIGINT NOT NULL, -- our number
    sent_at BIGINT NOT NULL, -- Unix seconds; when the member confirmed it, 0 before
    sending BIGINT NOT NULL, -- 1 while it is on its way
    UNIQUE (message, member)
);
CREATE INDEX mass_task_member ON mass_task (corpid, member, no) WHERE sent_at = 0;
CREATE INDEX mass_task_sending ON mass_task (no) WHERE sending = 1;

-- mass_target is a customer or a group that a task is for.
CREATE TABLE mass_target (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    task    BIGINT NOT NULL REFERENCES mass_task (no) ON DELETE CASCADE,
    target  BIGINT NOT NULL, -- number of the customer, or of the group
    kind    BIGINT NOT NULL, -- the customer's; 0 for a group
    chosen  BIGINT NOT NULL, -- 0 if the member left them out
    status  BIGINT NOT NULL, -- 0 waiting, 1 sent, 2 no friend any more, 3 has had enough of them
    sent_at BIGINT NOT NULL  -- Unix seconds, if it was sent
);
CREATE INDEX mass_target_task ON mass_target (corpid, task, no);
CREATE INDEX mass_target_waiting ON mass_target (task, no) WHERE status = 0 AND chosen = 1;

-- mass_day counts what a customer or a group has got on a day.
CREATE TABLE mass_day (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    kind   BIGINT NOT NULL, -- 1 a customer, 2 a group
    target BIGINT NOT NULL,
    day    BIGINT NOT NULL, -- Unix seconds of its beginning in China
    n      BIGINT NOT NULL,
    PRIMARY KEY (corpid, kind, target, day)
) @rowless;

-- mass_rule says how many a customer or a group gets, in a corp that has chosen it.
CREATE TABLE mass_rule (
    corpid @text NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    period @text NOT NULL -- month, week or day
);

-- mass_reminder is a reminder of those who have not confirmed.
CREATE TABLE mass_reminder (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    message BIGINT NOT NULL REFERENCES mass_message (no) ON DELETE CASCADE,
    at      BIGINT NOT NULL -- Unix seconds
);
CREATE INDEX mass_reminder_message ON mass_reminder (corpid, message, at);
