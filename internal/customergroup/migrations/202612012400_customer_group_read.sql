-- +goose Up

-- What a member has not read of a group is looked for by the number of the message.
CREATE INDEX customer_group_message_no ON customer_group_message (corpid, chat, no);
