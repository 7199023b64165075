-- +goose Up

-- Events did not say which admin caused them: those of the instant of a line in
-- the admins' log are that admin's.
UPDATE event SET by_user = (SELECT max(a.userid) FROM console_audit a WHERE a.corpid = event.corpid AND a.at = event.at)
WHERE by_kind = 'admin' AND by_app = 0
  AND EXISTS (SELECT 1 FROM console_audit a WHERE a.corpid = event.corpid AND a.at = event.at);
