-- +goose Up

-- The list of a member's conversations looks for those who have written to the member.
CREATE INDEX chat_message_received ON chat_message (corpid, receiver, sender, no);
