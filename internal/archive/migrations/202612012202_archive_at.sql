-- +goose Up

-- What is due to be erased is found by the times of messages.
CREATE INDEX archive_record_at ON archive_record (archive, at, seq) WHERE erased = 0;
