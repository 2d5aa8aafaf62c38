BEGIN TRANSACTION;
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('7e8b0df3-db16-4f64-b6a7-8019ff594b20','1',1796050911000,1796050911000,'earmark');
CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO "dbos_migrations" VALUES(125);
CREATE TABLE notifications (
    message_uuid TEXT NOT NULL DEFAULT (hex(randomblob(16))) PRIMARY KEY,
    destination_uuid TEXT NOT NULL,
    topic TEXT,
    message TEXT NOT NULL,
    created_at_epoch_ms INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000), "serialization" TEXT DEFAULT NULL, "consumed" BOOLEAN NOT NULL DEFAULT FALSE, consumed_by_function_id INTEGER,
    FOREIGN KEY (destination_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE "operation_outputs" (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    function_name TEXT NOT NULL DEFAULT '',
    output TEXT,
    error TEXT,
    child_workflow_id TEXT,
    started_at_epoch_ms INTEGER,
    completed_at_epoch_ms INTEGER,
    serialization TEXT,
    application_name TEXT DEFAULT NULL,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    PRIMARY KEY (workflow_uuid, function_id)
);
INSERT INTO "operation_outputs" VALUES('05aca5cf-b030-5d60-b599-1b1816949d95',1,'prepare','"{\"value\": {\"pieces\": [{\"start\": 0.0, \"audio\": {\"path\": \"@FOLDER@/data/spool/05aca5cf-b030-5d60-b599-1b1816949d95/fetched.ogg\", \"container\": \"ogg\", \"codec\": \"opus\", \"seconds\": 16.14, \"rate\": 48000, \"channels\": 1, \"bytes\": 62924, \"has_video\": false, \"link\": null}, \"cost\": 161400}], \"price\": 161400}}"',NULL,NULL,1796050911739,1796050911747,'portable_json','earmark',1796050911000);
INSERT INTO "operation_outputs" VALUES('05aca5cf-b030-5d60-b599-1b1816949d95',2,'transcribe','"{\"value\": {\"charged\": 161400, \"plan\": \"prepaid\", \"available\": 4838600}}"',NULL,NULL,1796050911749,1796050911795,'portable_json','earmark',1796050911000);
INSERT INTO "operation_outputs" VALUES('05aca5cf-b030-5d60-b599-1b1816949d95',3,'answer','"{\"value\": null}"',NULL,NULL,1796050911799,1796050911809,'portable_json','earmark',1796050911000);
INSERT INTO "operation_outputs" VALUES('104bbce9-ef84-5aa4-8d39-4aba115726d9',1,'prepare','"{\"error\": {\"code\": \"AsksFirst\", \"price\": 161400}}"',NULL,NULL,1796050911950,1796050911971,'portable_json','earmark',1796050911000);
INSERT INTO "operation_outputs" VALUES('104bbce9-ef84-5aa4-8d39-4aba115726d9',2,'ask','"{\"value\": null}"',NULL,NULL,1796050911987,1796050912023,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('90d13be0-4708-56cd-a0d3-830dd1da55ae',1,'prepare','"{\"error\": {\"code\": \"AsksFirst\", \"price\": 161400}}"',NULL,NULL,1796050912197,1796050912210,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('90d13be0-4708-56cd-a0d3-830dd1da55ae',2,'ask','"{\"value\": null}"',NULL,NULL,1796050912212,1796050912223,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('140d4413-befe-55ff-9c67-fb0230725311',1,'prepare','"{\"error\": {\"code\": \"NotNow\", \"reason\": \"The speech service''s account must be topped up by the operator first.\", \"until\": \"2026-11-30T16:01:51.090064+00:00\"}}"',NULL,NULL,1796050912331,1796050912335,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('140d4413-befe-55ff-9c67-fb0230725311',2,'pause','"{\"value\": true}"',NULL,NULL,1796050912343,1796050912367,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('7f97f6e2-c3f5-59bb-b0a0-317218569764',1,'prepare','"{\"value\": {\"pieces\": [{\"start\": 0.0, \"audio\": {\"path\": \"@FOLDER@/data/spool/7f97f6e2-c3f5-59bb-b0a0-317218569764/fetched.ogg\", \"container\": \"ogg\", \"codec\": \"opus\", \"seconds\": 16.14, \"rate\": 48000, \"channels\": 1, \"bytes\": 62924, \"has_video\": false, \"link\": null}, \"cost\": 161400}], \"price\": 161400}}"',NULL,NULL,1796050912545,1796050912561,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('7f97f6e2-c3f5-59bb-b0a0-317218569764',2,'transcribe','"{\"error\": {\"code\": \"NotNow\", \"reason\": \"The speech service is too busy at the moment.\", \"until\": \"2026-11-30T16:01:51.090064+00:00\"}}"',NULL,NULL,1796050912571,1796050912583,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('7f97f6e2-c3f5-59bb-b0a0-317218569764',3,'pause','"{\"value\": true}"',NULL,NULL,1796050912584,1796050912589,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('88b4798f-a6c3-51e9-b4ac-d4939eb6faef',1,'prepare','"{\"value\": {\"pieces\": [{\"start\": 0.0, \"audio\": {\"path\": \"@FOLDER@/data/spool/88b4798f-a6c3-51e9-b4ac-d4939eb6faef/fetched.ogg\", \"container\": \"ogg\", \"codec\": \"opus\", \"seconds\": 16.14, \"rate\": 48000, \"channels\": 1, \"bytes\": 62924, \"has_video\": false, \"link\": null}, \"cost\": 161400}], \"price\": 161400}}"',NULL,NULL,1796050912768,1796050912774,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('88b4798f-a6c3-51e9-b4ac-d4939eb6faef',2,'transcribe','"{\"error\": {\"code\": \"NotNow\", \"reason\": \"The speech service is too busy at the moment.\", \"until\": \"2026-11-30T16:01:51.090064+00:00\"}}"',NULL,NULL,1796050912779,1796050912784,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('88b4798f-a6c3-51e9-b4ac-d4939eb6faef',3,'pause','"{\"value\": true}"',NULL,NULL,1796050912786,1796050912791,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('24416df2-c587-53fe-a4f1-b3a0a25f888e',1,'prepare','"{\"value\": {\"pieces\": [{\"start\": 0.0, \"audio\": {\"path\": \"@FOLDER@/data/spool/24416df2-c587-53fe-a4f1-b3a0a25f888e/fetched.ogg\", \"container\": \"ogg\", \"codec\": \"opus\", \"seconds\": 16.14, \"rate\": 48000, \"channels\": 1, \"bytes\": 62924, \"has_video\": false, \"link\": null}, \"cost\": 161400}], \"price\": 161400}}"',NULL,NULL,1796050912875,1796050912882,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('24416df2-c587-53fe-a4f1-b3a0a25f888e',2,'transcribe','"{\"value\": {\"charged\": 161400, \"plan\": \"prepaid\", \"available\": 4354400}}"',NULL,NULL,1796050912883,1796050912893,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('24416df2-c587-53fe-a4f1-b3a0a25f888e',3,'answer','"{\"error\": {\"code\": \"NotNow\", \"reason\": \"Telegram asks for a pause.\", \"until\": \"2026-11-30T16:01:51.090064+00:00\"}}"',NULL,NULL,1796050912895,1796050912896,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('24416df2-c587-53fe-a4f1-b3a0a25f888e',4,'put off','"{\"value\": true}"',NULL,NULL,1796050912898,1796050912901,'portable_json','earmark',1796050912000);
INSERT INTO "operation_outputs" VALUES('475acadf-1585-545a-b6bc-493698319718',1,'prepare','"{\"value\": {\"pieces\": [{\"start\": 0.0, \"audio\": {\"path\": \"@FOLDER@/data/spool/475acadf-1585-545a-b6bc-493698319718/fetched.ogg\", \"container\": \"ogg\", \"codec\": \"opus\", \"seconds\": 16.14, \"rate\": 48000, \"channels\": 1, \"bytes\": 62924, \"has_video\": false, \"link\": null}, \"cost\": 161400}], \"price\": 161400}}"',NULL,NULL,1796050912977,1796050913006,'portable_json','earmark',1796050913000);
INSERT INTO "operation_outputs" VALUES('475acadf-1585-545a-b6bc-493698319718',2,'transcribe','"{\"error\": {\"code\": \"ProviderDown\"}}"',NULL,NULL,1796050913008,1796050913028,'portable_json','earmark',1796050913000);
INSERT INTO "operation_outputs" VALUES('a045fbed-b291-5bb6-9ac2-2d63ce45e83e',1,'prepare','"{\"value\": {\"pieces\": [{\"start\": 0.0, \"audio\": {\"path\": \"@FOLDER@/data/spool/a045fbed-b291-5bb6-9ac2-2d63ce45e83e/fetched.ogg\", \"container\": \"ogg\", \"codec\": \"opus\", \"seconds\": 16.14, \"rate\": 48000, \"channels\": 1, \"bytes\": 62924, \"has_video\": false, \"link\": null}, \"cost\": 161400}], \"price\": 161400}}"',NULL,NULL,1796050913206,1796050913214,'portable_json','earmark',1796050913000);
INSERT INTO "operation_outputs" VALUES('a045fbed-b291-5bb6-9ac2-2d63ce45e83e',2,'transcribe','"{\"value\": {\"charged\": 161400, \"plan\": \"prepaid\", \"available\": 4193000}}"',NULL,NULL,1796050913216,1796050913226,'portable_json','earmark',1796050913000);
INSERT INTO "operation_outputs" VALUES('7ca6c15b-18bd-5ba3-89dd-abd86cc6f778',1,'prepare','"{\"value\": {\"pieces\": [{\"start\": 0.0, \"audio\": {\"path\": \"@FOLDER@/data/spool/7ca6c15b-18bd-5ba3-89dd-abd86cc6f778/fetched.ogg\", \"container\": \"ogg\", \"codec\": \"opus\", \"seconds\": 16.14, \"rate\": 48000, \"channels\": 1, \"bytes\": 62924, \"has_video\": false, \"link\": null}, \"cost\": 161400}], \"price\": 161400}}"',NULL,NULL,1796050913316,1796050913322,'portable_json','earmark',1796050913000);
INSERT INTO "operation_outputs" VALUES('7ca6c15b-18bd-5ba3-89dd-abd86cc6f778',2,'transcribe','"{\"value\": null}"',NULL,NULL,1796050913323,1796050913331,'portable_json','earmark',1796050913000);
INSERT INTO "operation_outputs" VALUES('9c9010b3-ecec-532c-89f7-6c58d04cb612',1,'prepare','"{\"value\": {\"pieces\": [{\"start\": 0.0, \"audio\": {\"path\": \"@FOLDER@/data/spool/9c9010b3-ecec-532c-89f7-6c58d04cb612/fetched.ogg\", \"container\": \"ogg\", \"codec\": \"opus\", \"seconds\": 16.14, \"rate\": 48000, \"channels\": 1, \"bytes\": 62924, \"has_video\": false, \"link\": null}, \"cost\": 161400}], \"price\": 161400}}"',NULL,NULL,1796050913466,1796050913474,'portable_json','earmark',1796050913000);
INSERT INTO "operation_outputs" VALUES('8fc6532f-ad0d-53b9-855b-dc86ba560d73',1,'prepare','"{\"error\": {\"code\": \"NotNow\", \"reason\": \"The same recording is being transcribed just now.\", \"until\": \"2026-11-30T15:02:53.555630+00:00\"}}"',NULL,NULL,1796050913548,1796050913555,'portable_json','earmark',1796050913000);
INSERT INTO "operation_outputs" VALUES('8fc6532f-ad0d-53b9-855b-dc86ba560d73',2,'pause','"{\"value\": true}"',NULL,NULL,1796050913567,1796050913591,'portable_json','earmark',1796050913000);
INSERT INTO "operation_outputs" VALUES('46daa3ef-bdfe-5b35-a586-2cc469696f63',1,'prepare','"{\"value\": {\"pieces\": [{\"start\": 0.0, \"audio\": {\"path\": \"@FOLDER@/data/spool/46daa3ef-bdfe-5b35-a586-2cc469696f63/fetched.ogg\", \"container\": \"ogg\", \"codec\": \"opus\", \"seconds\": 16.14, \"rate\": 48000, \"channels\": 1, \"bytes\": 62924, \"has_video\": false, \"link\": null}, \"cost\": 161400}], \"price\": 161400}}"',NULL,NULL,1796050913761,1796050913774,'portable_json','earmark',1796050913000);
INSERT INTO "operation_outputs" VALUES('8baad402-ed53-55ea-a787-9e90a1966bb9',1,'prepare','"{\"value\": {\"pieces\": [{\"start\": 0.0, \"audio\": {\"path\": \"@FOLDER@/data/spool/8baad402-ed53-55ea-a787-9e90a1966bb9/piece-000.mp3\", \"container\": \"mp3\", \"codec\": \"mp3\", \"seconds\": 15.8370625, \"rate\": 16000, \"channels\": 1, \"bytes\": 63872, \"has_video\": false, \"link\": null}, \"cost\": 158371}, {\"start\": 15.8370625, \"audio\": {\"path\": \"@FOLDER@/data/spool/8baad402-ed53-55ea-a787-9e90a1966bb9/piece-001.mp3\", \"container\": \"mp3\", \"codec\": \"mp3\", \"seconds\": 15.8370625, \"rate\": 16000, \"channels\": 1, \"bytes\": 63872, \"has_video\": false, \"link\": null}, \"cost\": 158371}, {\"start\": 31.674125, \"audio\": {\"path\": \"@FOLDER@/data/spool/8baad402-ed53-55ea-a787-9e90a1966bb9/piece-002.mp3\", \"container\": \"mp3\", \"codec\": \"mp3\", \"seconds\": 15.8370625, \"rate\": 16000, \"channels\": 1, \"bytes\": 63872, \"has_video\": false, \"link\": null}, \"cost\": 158371}, {\"start\": 47.5111875, \"audio\": {\"path\": \"@FOLDER@/data/spool/8baad402-ed53-55ea-a787-9e90a1966bb9/piece-003.mp3\", \"container\": \"mp3\", \"codec\": \"mp3\", \"seconds\": 14.3770625, \"rate\": 16000, \"channels\": 1, \"bytes\": 58112, \"has_video\": false, \"link\": null}, \"cost\": 143771}, {\"start\": 61.88825, \"audio\": {\"path\": \"@FOLDER@/data/spool/8baad402-ed53-55ea-a787-9e90a1966bb9/piece-004.mp3\", \"container\": \"mp3\", \"codec\": \"mp3\", \"seconds\": 2.73175, \"rate\": 16000, \"channels\": 1, \"bytes\": 11456, \"has_video\": false, \"link\": null}, \"cost\": 27318}], \"price\": 646200}}"',NULL,NULL,1796050913930,1796050915847,'portable_json','earmark',1796050915000);
CREATE TABLE queues (
    queue_id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))),
    name TEXT NOT NULL UNIQUE,
    concurrency INTEGER,
    worker_concurrency INTEGER,
    rate_limit_max INTEGER,
    rate_limit_period_sec REAL,
    priority_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    partition_queue BOOLEAN NOT NULL DEFAULT FALSE,
    polling_interval_sec REAL NOT NULL DEFAULT 1.0,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL, "partition_concurrency" INTEGER DEFAULT NULL, "partition_worker_concurrency" INTEGER DEFAULT NULL, "partition_rate_limit_max" INTEGER DEFAULT NULL, "partition_rate_limit_period_sec" REAL DEFAULT NULL);
INSERT INTO "queues" VALUES('8CFDAD4A1414E4D62BB610D10822B29A','console',NULL,20,NULL,NULL,1,1,0.1,1796050911000,1796050911376,'earmark',20,NULL,NULL,NULL);
INSERT INTO "queues" VALUES('E6388FF5764C41075FEB095C07F7B7A5','folder',NULL,20,NULL,NULL,1,1,0.1,1796050911000,1796050911416,'earmark',20,NULL,NULL,NULL);
CREATE TABLE streams (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    "offset" INTEGER NOT NULL, function_id INTEGER NOT NULL DEFAULT 0, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key, "offset"),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events_history (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, function_id, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_input (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    inputs TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_input" VALUES('05aca5cf-b030-5d60-b599-1b1816949d95','{"namedArgs":{},"positionalArgs":["05aca5cf-b030-5d60-b599-1b1816949d95"]}',1796050911000);
INSERT INTO "workflow_input" VALUES('104bbce9-ef84-5aa4-8d39-4aba115726d9','{"namedArgs":{},"positionalArgs":["104bbce9-ef84-5aa4-8d39-4aba115726d9"]}',1796050911000);
INSERT INTO "workflow_input" VALUES('90d13be0-4708-56cd-a0d3-830dd1da55ae','{"namedArgs":{},"positionalArgs":["90d13be0-4708-56cd-a0d3-830dd1da55ae"]}',1796050912000);
INSERT INTO "workflow_input" VALUES('140d4413-befe-55ff-9c67-fb0230725311','{"namedArgs":{},"positionalArgs":["140d4413-befe-55ff-9c67-fb0230725311"]}',1796050912000);
INSERT INTO "workflow_input" VALUES('7f97f6e2-c3f5-59bb-b0a0-317218569764','{"namedArgs":{},"positionalArgs":["7f97f6e2-c3f5-59bb-b0a0-317218569764"]}',1796050912000);
INSERT INTO "workflow_input" VALUES('88b4798f-a6c3-51e9-b4ac-d4939eb6faef','{"namedArgs":{},"positionalArgs":["88b4798f-a6c3-51e9-b4ac-d4939eb6faef"]}',1796050912000);
INSERT INTO "workflow_input" VALUES('24416df2-c587-53fe-a4f1-b3a0a25f888e','{"namedArgs":{},"positionalArgs":["24416df2-c587-53fe-a4f1-b3a0a25f888e"]}',1796050912000);
INSERT INTO "workflow_input" VALUES('475acadf-1585-545a-b6bc-493698319718','{"namedArgs":{},"positionalArgs":["475acadf-1585-545a-b6bc-493698319718"]}',1796050912000);
INSERT INTO "workflow_input" VALUES('a045fbed-b291-5bb6-9ac2-2d63ce45e83e','{"namedArgs":{},"positionalArgs":["a045fbed-b291-5bb6-9ac2-2d63ce45e83e"]}',1796050913000);
INSERT INTO "workflow_input" VALUES('7ca6c15b-18bd-5ba3-89dd-abd86cc6f778','{"namedArgs":{},"positionalArgs":["7ca6c15b-18bd-5ba3-89dd-abd86cc6f778"]}',1796050913000);
INSERT INTO "workflow_input" VALUES('9c9010b3-ecec-532c-89f7-6c58d04cb612','{"namedArgs":{},"positionalArgs":["9c9010b3-ecec-532c-89f7-6c58d04cb612"]}',1796050913000);
INSERT INTO "workflow_input" VALUES('8fc6532f-ad0d-53b9-855b-dc86ba560d73','{"namedArgs":{},"positionalArgs":["8fc6532f-ad0d-53b9-855b-dc86ba560d73"]}',1796050913000);
INSERT INTO "workflow_input" VALUES('46daa3ef-bdfe-5b35-a586-2cc469696f63','{"namedArgs":{},"positionalArgs":["46daa3ef-bdfe-5b35-a586-2cc469696f63"]}',1796050913000);
INSERT INTO "workflow_input" VALUES('8baad402-ed53-55ea-a787-9e90a1966bb9','{"namedArgs":{},"positionalArgs":["8baad402-ed53-55ea-a787-9e90a1966bb9"]}',1796050913000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_output" VALUES('05aca5cf-b030-5d60-b599-1b1816949d95','null',NULL,1796050911000);
INSERT INTO "workflow_output" VALUES('104bbce9-ef84-5aa4-8d39-4aba115726d9','null',NULL,1796050912000);
INSERT INTO "workflow_output" VALUES('90d13be0-4708-56cd-a0d3-830dd1da55ae','null',NULL,1796050912000);
INSERT INTO "workflow_output" VALUES('140d4413-befe-55ff-9c67-fb0230725311','null',NULL,1796050912000);
INSERT INTO "workflow_output" VALUES('7f97f6e2-c3f5-59bb-b0a0-317218569764','null',NULL,1796050912000);
INSERT INTO "workflow_output" VALUES('88b4798f-a6c3-51e9-b4ac-d4939eb6faef','null',NULL,1796050912000);
INSERT INTO "workflow_output" VALUES('24416df2-c587-53fe-a4f1-b3a0a25f888e','null',NULL,1796050912000);
INSERT INTO "workflow_output" VALUES('8fc6532f-ad0d-53b9-855b-dc86ba560d73','null',NULL,1796050913000);
CREATE TABLE workflow_schedules (
    schedule_id TEXT PRIMARY KEY,
    schedule_name TEXT NOT NULL UNIQUE,
    workflow_name TEXT NOT NULL,
    workflow_class_name TEXT,
    schedule TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    context TEXT NOT NULL
, "last_fired_at" TEXT DEFAULT NULL, "automatic_backfill" BOOLEAN NOT NULL DEFAULT FALSE, "cron_timezone" TEXT DEFAULT NULL, "queue_name" TEXT DEFAULT NULL, "application_name" TEXT DEFAULT NULL);
CREATE TABLE workflow_status (
    workflow_uuid TEXT PRIMARY KEY,
    status TEXT,
    name TEXT,
    authenticated_user TEXT,
    assumed_role TEXT,
    authenticated_roles TEXT,
    request TEXT,
    output TEXT,
    error TEXT,
    executor_id TEXT,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    application_version TEXT,
    application_id TEXT,
    class_name TEXT DEFAULT NULL,
    config_name TEXT DEFAULT NULL,
    recovery_attempts INTEGER DEFAULT 0,
    queue_name TEXT,
    workflow_timeout_ms INTEGER,
    workflow_deadline_epoch_ms INTEGER,
    inputs TEXT,
    started_at_epoch_ms INTEGER,
    deduplication_id TEXT,
    priority INTEGER NOT NULL DEFAULT 0
, queue_partition_key TEXT, forked_from TEXT, "owner_xid" TEXT DEFAULT NULL, "parent_workflow_id" TEXT DEFAULT NULL, "serialization" TEXT DEFAULT NULL, "delay_until_epoch_ms" BIGINT DEFAULT NULL, "was_forked_from" BOOLEAN NOT NULL DEFAULT FALSE, "rate_limited" BOOLEAN NOT NULL DEFAULT FALSE, "completed_at" BIGINT, "attributes" TEXT, "schedule_name" TEXT, "debounce_deadline_epoch_ms" BIGINT DEFAULT NULL, "is_debounced" BOOLEAN NOT NULL DEFAULT FALSE, "application_name" TEXT DEFAULT NULL, "creator_xid" TEXT DEFAULT NULL);
INSERT INTO "workflow_status" VALUES('05aca5cf-b030-5d60-b599-1b1816949d95','SUCCESS','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050911000,1796050911000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050911000,NULL,0,'folder:ada',NULL,NULL,NULL,'portable_json',NULL,0,0,1796050911000,'null',NULL,NULL,0,'earmark','27c0566b-f811-497a-a352-990f25118527');
INSERT INTO "workflow_status" VALUES('104bbce9-ef84-5aa4-8d39-4aba115726d9','SUCCESS','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050911000,1796050912000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050911000,NULL,0,'folder:ada',NULL,NULL,NULL,'portable_json',NULL,0,0,1796050912000,'null',NULL,NULL,0,'earmark','747a33a8-1734-4e54-913a-c385c17a39bf');
INSERT INTO "workflow_status" VALUES('90d13be0-4708-56cd-a0d3-830dd1da55ae','SUCCESS','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050912000,1796050912000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050912000,NULL,0,'folder:ada',NULL,NULL,NULL,'portable_json',NULL,0,0,1796050912000,'null',NULL,NULL,0,'earmark','5c07757e-c9f4-4e6a-b8f5-093f321888e0');
INSERT INTO "workflow_status" VALUES('140d4413-befe-55ff-9c67-fb0230725311','SUCCESS','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050912000,1796050912000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050912000,NULL,0,'folder:ada',NULL,NULL,NULL,'portable_json',NULL,0,0,1796050912000,'null',NULL,NULL,0,'earmark','2edab273-bf17-4c8b-8878-48a41dab1ee1');
INSERT INTO "workflow_status" VALUES('7f97f6e2-c3f5-59bb-b0a0-317218569764','SUCCESS','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050912000,1796050912000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050912000,NULL,0,'folder:ada',NULL,NULL,NULL,'portable_json',NULL,0,0,1796050912000,'null',NULL,NULL,0,'earmark','05af1bed-196a-4016-9ae8-683ce3783141');
INSERT INTO "workflow_status" VALUES('88b4798f-a6c3-51e9-b4ac-d4939eb6faef','SUCCESS','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050912000,1796050912000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050912000,NULL,0,'folder:ada',NULL,NULL,NULL,'portable_json',NULL,0,0,1796050912000,'null',NULL,NULL,0,'earmark','c148344a-4bb3-48b2-abc8-4f27001b9a24');
INSERT INTO "workflow_status" VALUES('24416df2-c587-53fe-a4f1-b3a0a25f888e','SUCCESS','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050912000,1796050912000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050912000,NULL,0,'folder:ada',NULL,NULL,NULL,'portable_json',NULL,0,0,1796050912000,'null',NULL,NULL,0,'earmark','dcf08198-5249-4213-9ed5-beae4a81e4c4');
INSERT INTO "workflow_status" VALUES('475acadf-1585-545a-b6bc-493698319718','PENDING','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050912000,1796050912000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050912000,NULL,0,'folder:ada',NULL,'6ef8ad90-b1a8-44a6-bfa0-abd4126f9eb5',NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'earmark','f1e9de53-d177-46df-8a3f-fe708d7dc450');
INSERT INTO "workflow_status" VALUES('a045fbed-b291-5bb6-9ac2-2d63ce45e83e','PENDING','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050913000,1796050913000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050913000,NULL,0,'folder:ada',NULL,'b50fa32a-5e21-4978-823f-b52d758c9cd9',NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'earmark','ce8506da-c908-4c72-8881-4a25d7a07160');
INSERT INTO "workflow_status" VALUES('7ca6c15b-18bd-5ba3-89dd-abd86cc6f778','PENDING','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050913000,1796050913000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050913000,NULL,0,'folder:ada',NULL,'033234e1-26bb-4189-b44e-38c33a383a70',NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'earmark','78171e62-e12e-463a-aedd-b4ee27ca2c57');
INSERT INTO "workflow_status" VALUES('9c9010b3-ecec-532c-89f7-6c58d04cb612','PENDING','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050913000,1796050913000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050913000,NULL,0,'folder:ada',NULL,'8e4b5c2b-830e-43db-9ae1-aefcfa358bf1',NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'earmark','1fd94690-fe9c-4d7d-8f60-ddee5ca81ff2');
INSERT INTO "workflow_status" VALUES('8fc6532f-ad0d-53b9-855b-dc86ba560d73','SUCCESS','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050913000,1796050913000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050913000,NULL,0,'folder:ada',NULL,NULL,NULL,'portable_json',NULL,0,0,1796050913000,'null',NULL,NULL,0,'earmark','3cb8dfdb-207f-4909-8591-7f28dace96f2');
INSERT INTO "workflow_status" VALUES('46daa3ef-bdfe-5b35-a586-2cc469696f63','PENDING','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050913000,1796050913000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050913000,NULL,0,'folder:ada',NULL,'2f37eb1c-ea18-4837-87c8-6c2015caff2b',NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'earmark','d7b04f05-3ad0-4dc3-9191-e74e4d7f8c32');
INSERT INTO "workflow_status" VALUES('8baad402-ed53-55ea-a787-9e90a1966bb9','PENDING','transcribe',NULL,NULL,NULL,NULL,NULL,NULL,'main',1796050913000,1796050913000,'1','',NULL,NULL,1,'folder',NULL,NULL,NULL,1796050913000,NULL,0,'folder:ada',NULL,'c624d0f8-9bb2-442f-aff5-a78e7cda971b',NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'earmark','7b26a880-e889-4b08-823b-32cc6d0d013c');
CREATE INDEX workflow_status_created_at_index ON workflow_status (created_at);
CREATE INDEX idx_workflow_topic ON notifications (destination_uuid, topic);
CREATE INDEX "idx_workflow_status_delayed" ON "workflow_status" ("delay_until_epoch_ms") WHERE status = 'DELAYED';
CREATE INDEX "idx_workflow_status_forked_from" ON "workflow_status" ("forked_from") WHERE "forked_from" IS NOT NULL;
CREATE INDEX "idx_workflow_status_parent_workflow_id" ON "workflow_status" ("parent_workflow_id") WHERE "parent_workflow_id" IS NOT NULL;
CREATE UNIQUE INDEX "uq_workflow_status_dedup_id" ON "workflow_status" ("queue_name", "deduplication_id") WHERE "deduplication_id" IS NOT NULL;
CREATE INDEX "idx_workflow_status_pending" ON "workflow_status" ("created_at") WHERE "status" = 'PENDING';
CREATE INDEX "idx_workflow_status_failed" ON "workflow_status" ("status", "created_at") WHERE "status" IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED');
CREATE INDEX "idx_workflow_status_rate_limited" ON "workflow_status" ("queue_name", "started_at_epoch_ms") WHERE "rate_limited" = TRUE;
CREATE INDEX "idx_workflow_status_completed_at" ON "workflow_status" ("completed_at") WHERE "completed_at" IS NOT NULL;
CREATE INDEX "idx_workflow_status_started_at" ON "workflow_status" ("started_at_epoch_ms") WHERE "started_at_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_workflow_status_schedule_name" ON "workflow_status" ("schedule_name") WHERE "schedule_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_owner_version"
    ON application_versions ("application_name", "version_name")
    WHERE "application_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_unclaimed_version"
    ON application_versions ("version_name")
    WHERE "application_name" IS NULL;
CREATE INDEX idx_workflow_input_retention
    ON workflow_input (retention_timestamp);
CREATE INDEX idx_workflow_output_retention
    ON workflow_output (retention_timestamp);
CREATE INDEX idx_operation_outputs_retention
    ON operation_outputs (retention_timestamp);
CREATE INDEX "idx_workflow_status_in_flight_v2" ON "workflow_status" ("queue_name", "status", "priority", "created_at", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING');
CREATE INDEX "idx_workflow_status_partition_dequeue_v3" ON "workflow_status" ("queue_name", "status", "queue_partition_key", "priority", "created_at", "workflow_uuid", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING') AND "queue_partition_key" IS NOT NULL;
CREATE INDEX "idx_operation_outputs_completed_at_function_name_v2" ON "operation_outputs" ("completed_at_epoch_ms", "function_name", "application_name");
CREATE INDEX "idx_workflow_status_deadline" ON "workflow_status" ("workflow_deadline_epoch_ms") WHERE "status" IN ('ENQUEUED', 'PENDING', 'DELAYED') AND "workflow_deadline_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_application_versions_timestamp" ON "application_versions" ("version_timestamp" DESC);
CREATE INDEX "idx_application_versions_owner_timestamp" ON "application_versions" ("application_name", "version_timestamp" DESC);
COMMIT;
