-- +goose Up

-- release_at is when a room that nobody has checked in to is given back, in Unix seconds; 0 for never.
ALTER TABLE meeting_booking ADD COLUMN release_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX meeting_booking_release ON meeting_booking (release_at) WHERE release_at > 0;
CREATE INDEX meeting_booking_booker ON meeting_booking (corpid, lower(booker), ends) WHERE status <> 1;
