//! Concurrency limit per job key, and smaller jobs first among equals. Waiting transfers lose the lane that
//! they were bound to: any free one claims the next.

pub const UP: &str = "
ALTER TABLE job ADD COLUMN conc_limit BIGINT NOT NULL DEFAULT 1;
ALTER TABLE job ADD COLUMN size BIGINT NOT NULL DEFAULT 0;
UPDATE job SET conc_key = RTRIM(RTRIM(conc_key, '0123456789'), '#'), conc_limit = 3
    WHERE kind = 'transfer' AND state IN ('ready', 'running');
DROP INDEX job_ready;
CREATE INDEX job_ready ON job (queue, priority DESC, size, run_at, id) WHERE state = 'ready';
CREATE INDEX job_busy ON job (conc_key) WHERE state = 'running' AND conc_key IS NOT NULL;
";
