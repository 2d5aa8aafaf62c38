BEGIN TRANSACTION;
CREATE TABLE account (
	id TEXT NOT NULL, 
	"plan" TEXT, 
	allowance INTEGER, 
	posted INTEGER DEFAULT 0 NOT NULL, 
	held INTEGER DEFAULT 0 NOT NULL, 
	granted INTEGER DEFAULT 0 NOT NULL, 
	month TEXT, 
	created_at TEXT NOT NULL, day_allowance INTEGER, access TEXT, joined_to TEXT, of_group INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (id), 
	CONSTRAINT ck_account_id CHECK (substr(id, 1, 6) <> 'house:' AND substr(id, 1, 9) <> 'provider:'), 
	CONSTRAINT ck_account_plan CHECK (plan IN ('open', 'allowance', 'prepaid')), 
	CONSTRAINT ck_account_allowance CHECK (allowance >= 0), 
	CONSTRAINT ck_account_held CHECK (held >= 0 AND posted >= held), 
	CONSTRAINT ck_account_granted CHECK (granted >= 0 AND posted >= granted)
)
 STRICT

;
INSERT INTO "account" VALUES('p-0b5da66f1c5b8f180823da76',NULL,NULL,4515800,1453200,0,NULL,'2026-11-30T15:01:51.595834Z',NULL,NULL,NULL,0);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE alert (
	kind TEXT NOT NULL, 
	since TEXT NOT NULL, 
	told_at TEXT, 
	over_at TEXT, 
	CONSTRAINT pk_alert PRIMARY KEY (kind)
)
 STRICT

;
CREATE TABLE api_key (
	hash TEXT NOT NULL, 
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	account TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	revoked_at TEXT, 
	CONSTRAINT pk_api_key PRIMARY KEY (hash), 
	CONSTRAINT uq_api_key_id UNIQUE (id)
)
 STRICT

;
CREATE TABLE arrival (
	platform TEXT NOT NULL, 
	bot TEXT NOT NULL, 
	id INTEGER NOT NULL, 
	body TEXT, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	received_at TEXT NOT NULL, 
	done_at TEXT, 
	CONSTRAINT pk_arrival PRIMARY KEY (platform, bot, id)
)
 STRICT

;
CREATE TABLE heard (
	platform TEXT NOT NULL, 
	bot TEXT NOT NULL, 
	at TEXT NOT NULL, 
	CONSTRAINT pk_heard PRIMARY KEY (platform, bot)
)
 STRICT

;
CREATE TABLE hold (
	note_id TEXT NOT NULL, 
	account TEXT NOT NULL, 
	payer TEXT NOT NULL, 
	provider TEXT NOT NULL, 
	model TEXT NOT NULL, 
	seconds REAL NOT NULL, 
	amount INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	cost INTEGER, 
	charged INTEGER, 
	lost INTEGER, 
	month TEXT, 
	created_at TEXT NOT NULL, 
	resolved_at TEXT, platform TEXT, chat TEXT, quoted INTEGER, free_seconds REAL DEFAULT 0 NOT NULL, given INTEGER, returned INTEGER, granted INTEGER, opened_by TEXT, 
	CONSTRAINT pk_hold PRIMARY KEY (note_id), 
	CONSTRAINT ck_hold_payer CHECK (payer IN ('user', 'house')), 
	CONSTRAINT ck_hold_state CHECK (state IN ('open', 'settled', 'released')), 
	CONSTRAINT ck_hold_amount CHECK (amount >= 0), 
	CONSTRAINT ck_hold_figures CHECK (cost >= 0 AND charged >= 0 AND lost >= 0), 
	CONSTRAINT ck_hold_settled CHECK ((state = 'settled') = (cost IS NOT NULL AND charged IS NOT NULL AND lost IS NOT NULL)), 
	CONSTRAINT ck_hold_resolved CHECK ((state = 'open') = (resolved_at IS NULL)), 
	CONSTRAINT fk_hold_account FOREIGN KEY(account) REFERENCES account (id)
)
 STRICT

;
INSERT INTO "hold" VALUES('05aca5cf-b030-5d60-b599-1b1816949d95','p-0b5da66f1c5b8f180823da76','user','paid','paid',16.14,161400,'settled',161400,161400,0,'2026-11','2026-11-30T15:01:51.742265Z','2026-11-30T15:01:51.783391Z','folder',NULL,161400,0.0,0,NULL,0,'p-0b5da66f1c5b8f180823da76');
INSERT INTO "hold" VALUES('7f97f6e2-c3f5-59bb-b0a0-317218569764','p-0b5da66f1c5b8f180823da76','user','paid','paid',16.14,161400,'open',NULL,NULL,NULL,NULL,'2026-11-30T15:01:52.551776Z',NULL,'folder',NULL,161400,0.0,NULL,NULL,NULL,'p-0b5da66f1c5b8f180823da76');
INSERT INTO "hold" VALUES('88b4798f-a6c3-51e9-b4ac-d4939eb6faef','p-0b5da66f1c5b8f180823da76','user','paid','paid',16.14,161400,'open',NULL,NULL,NULL,NULL,'2026-11-30T15:01:52.770053Z',NULL,'folder',NULL,161400,0.0,NULL,NULL,NULL,'p-0b5da66f1c5b8f180823da76');
INSERT INTO "hold" VALUES('24416df2-c587-53fe-a4f1-b3a0a25f888e','p-0b5da66f1c5b8f180823da76','user','paid','paid',16.14,161400,'settled',161400,161400,0,'2026-11','2026-11-30T15:01:52.877273Z','2026-11-30T15:01:52.889590Z','folder',NULL,161400,0.0,0,NULL,0,'p-0b5da66f1c5b8f180823da76');
INSERT INTO "hold" VALUES('475acadf-1585-545a-b6bc-493698319718','p-0b5da66f1c5b8f180823da76','user','paid','paid',16.14,161400,'released',NULL,NULL,NULL,'2026-11','2026-11-30T15:01:52.981231Z','2026-11-30T15:01:53.043401Z','folder',NULL,161400,0.0,NULL,NULL,NULL,'p-0b5da66f1c5b8f180823da76');
INSERT INTO "hold" VALUES('a045fbed-b291-5bb6-9ac2-2d63ce45e83e','p-0b5da66f1c5b8f180823da76','user','paid','paid',16.14,161400,'settled',161400,161400,0,'2026-11','2026-11-30T15:01:53.208930Z','2026-11-30T15:01:53.221885Z','folder',NULL,161400,0.0,0,NULL,0,'p-0b5da66f1c5b8f180823da76');
INSERT INTO "hold" VALUES('7ca6c15b-18bd-5ba3-89dd-abd86cc6f778','p-0b5da66f1c5b8f180823da76','user','paid','paid-later',16.14,161400,'open',NULL,NULL,NULL,NULL,'2026-11-30T15:01:53.318326Z',NULL,'folder',NULL,161400,0.0,NULL,NULL,NULL,'p-0b5da66f1c5b8f180823da76');
INSERT INTO "hold" VALUES('9c9010b3-ecec-532c-89f7-6c58d04cb612','p-0b5da66f1c5b8f180823da76','user','paid','paid',16.14,161400,'open',NULL,NULL,NULL,NULL,'2026-11-30T15:01:53.470798Z',NULL,'folder',NULL,161400,0.0,NULL,NULL,NULL,'p-0b5da66f1c5b8f180823da76');
INSERT INTO "hold" VALUES('46daa3ef-bdfe-5b35-a586-2cc469696f63','p-0b5da66f1c5b8f180823da76','user','paid','paid',16.14,161400,'open',NULL,NULL,NULL,NULL,'2026-11-30T15:01:53.764716Z',NULL,'folder',NULL,161400,0.0,NULL,NULL,NULL,'p-0b5da66f1c5b8f180823da76');
INSERT INTO "hold" VALUES('8baad402-ed53-55ea-a787-9e90a1966bb9','p-0b5da66f1c5b8f180823da76','user','paid','paid',64.62,646200,'open',NULL,NULL,NULL,NULL,'2026-11-30T15:01:55.837797Z',NULL,'folder',NULL,646200,0.0,NULL,NULL,NULL,'p-0b5da66f1c5b8f180823da76');
CREATE TABLE identity (
	id TEXT NOT NULL, 
	account TEXT NOT NULL, 
	role TEXT, 
	created_at TEXT NOT NULL, 
	CONSTRAINT pk_identity PRIMARY KEY (id), 
	CONSTRAINT ck_identity_id CHECK (substr(id, 1, 6) <> 'house:' AND substr(id, 1, 9) <> 'provider:'), 
	CONSTRAINT ck_identity_role CHECK (role IN ('operator')), 
	CONSTRAINT fk_identity_account FOREIGN KEY(account) REFERENCES account (id)
)
 STRICT

;
INSERT INTO "identity" VALUES('folder:ada','p-0b5da66f1c5b8f180823da76',NULL,'2026-11-30T15:01:51.595834Z');
CREATE TABLE link_code (
	hash TEXT NOT NULL, 
	identity TEXT NOT NULL, 
	until TEXT NOT NULL, 
	used_by TEXT, 
	CONSTRAINT pk_link_code PRIMARY KEY (hash)
)
 STRICT

;
CREATE TABLE note (
	id TEXT NOT NULL, 
	platform TEXT NOT NULL, 
	bot TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	message TEXT NOT NULL, 
	account TEXT NOT NULL, 
	media TEXT NOT NULL, 
	options TEXT NOT NULL, 
	details TEXT NOT NULL, 
	state TEXT NOT NULL, 
	stage TEXT, 
	progress REAL, 
	placeholder TEXT, 
	error TEXT, 
	cancel_requested INTEGER DEFAULT 0 NOT NULL, 
	created_at TEXT NOT NULL, 
	finished_at TEXT, not_before TEXT, identity TEXT, agreed INTEGER, place TEXT, payer TEXT, 
	CONSTRAINT pk_note PRIMARY KEY (id), 
	CONSTRAINT uq_note_platform UNIQUE (platform, bot, chat, message), 
	CONSTRAINT ck_note_state CHECK (state IN ('accepted', 'working', 'done', 'failed', 'cancelled')), 
	CONSTRAINT ck_note_cancel_requested CHECK (cancel_requested IN (0, 1))
)
 STRICT

;
INSERT INTO "note" VALUES('05aca5cf-b030-5d60-b599-1b1816949d95','folder','bot','chat','done','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','done',NULL,NULL,'done',NULL,0,'2026-11-30T15:01:51.691279Z','2026-11-30T15:01:51.807068Z',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('104bbce9-ef84-5aa4-8d39-4aba115726d9','folder','bot','chat','asks','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":161399,"format":"text"}','{}','working','asking',NULL,'asks',NULL,0,'2026-11-30T15:01:51.832886Z',NULL,'2026-12-01T15:01:51.832886Z',NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('90d13be0-4708-56cd-a0d3-830dd1da55ae','folder','bot','chat','agreed','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":161399,"format":"text"}','{}','working','queued',NULL,'agreed',NULL,0,'2026-11-30T15:01:52.132719Z',NULL,NULL,NULL,161400,NULL,NULL);
INSERT INTO "note" VALUES('140d4413-befe-55ff-9c67-fb0230725311','folder','bot','chat','waits','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','working','waiting',NULL,'waits',NULL,0,'2026-11-30T15:01:52.273594Z',NULL,'2026-11-30T16:01:51.090064Z',NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('7f97f6e2-c3f5-59bb-b0a0-317218569764','folder','bot','chat','held','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','working','waiting',NULL,'held',NULL,0,'2026-11-30T15:01:52.420195Z',NULL,'2026-11-30T16:01:51.090064Z',NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('88b4798f-a6c3-51e9-b4ac-d4939eb6faef','folder','bot','chat','cancelled','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','working','waiting',NULL,'cancelled',NULL,1,'2026-11-30T15:01:52.652373Z',NULL,'2026-11-30T16:01:51.090064Z',NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('24416df2-c587-53fe-a4f1-b3a0a25f888e','folder','bot','chat','put-off','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','working','waiting',NULL,'put-off',NULL,0,'2026-11-30T15:01:52.825502Z',NULL,'2026-11-30T16:01:51.090064Z',NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('475acadf-1585-545a-b6bc-493698319718','folder','bot','chat','refused','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','accepted',NULL,NULL,'refused','{"code":"ProviderDown"}',0,'2026-11-30T15:01:52.949745Z',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('a045fbed-b291-5bb6-9ac2-2d63ce45e83e','folder','bot','chat','answered','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','accepted',NULL,NULL,'answered',NULL,0,'2026-11-30T15:01:53.054698Z',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('7ca6c15b-18bd-5ba3-89dd-abd86cc6f778','folder','bot','chat','ticket','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid-later","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','working','transcribing',NULL,'ticket',NULL,0,'2026-11-30T15:01:53.233935Z',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('9c9010b3-ecec-532c-89f7-6c58d04cb612','folder','bot','chat','intended','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":"file:a"}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','working','transcribing',NULL,'intended',NULL,0,'2026-11-30T15:01:53.349815Z',NULL,NULL,'file:a',NULL,NULL,NULL);
INSERT INTO "note" VALUES('8fc6532f-ad0d-53b9-855b-dc86ba560d73','folder','bot','chat','same','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":"file:a"}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','working','waiting',NULL,'same',NULL,0,'2026-11-30T15:01:53.485175Z',NULL,'2026-11-30T15:02:53.555630Z','file:a',NULL,NULL,NULL);
INSERT INTO "note" VALUES('46daa3ef-bdfe-5b35-a586-2cc469696f63','folder','bot','chat','charged','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','working','transcribing',0.9,'charged',NULL,0,'2026-11-30T15:01:53.609580Z',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('8baad402-ed53-55ea-a787-9e90a1966bb9','folder','bot','chat','chunks','folder:ada','{"locator":"@FOLDER@/media/minute.ogg","name":"minute.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','working','preparing',NULL,'chunks',NULL,0,'2026-11-30T15:01:53.817248Z',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('2ed9cc57-4abd-5169-8926-dfd4b888b7cb','folder','bot','chat','accepted','folder:ada','{"locator":"@FOLDER@/media/voice.ogg","name":"voice.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null,"format":"text"}','{}','accepted',NULL,NULL,NULL,NULL,0,'2026-11-30T15:01:56.484799Z',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE posted (
	note_id TEXT NOT NULL, 
	part TEXT NOT NULL, 
	handle TEXT NOT NULL, 
	at TEXT NOT NULL, 
	CONSTRAINT pk_posted PRIMARY KEY (note_id, part), 
	CONSTRAINT fk_posted_note_id FOREIGN KEY(note_id) REFERENCES note (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE preference (
	owner TEXT NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_preference PRIMARY KEY (owner, name)
)
 STRICT

;
CREATE TABLE submission (
	note_id TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	intended_at TEXT NOT NULL, 
	state TEXT NOT NULL, 
	ticket TEXT, 
	cost INTEGER, piece INTEGER DEFAULT 1 NOT NULL, answer TEXT, 
	CONSTRAINT pk_submission PRIMARY KEY (note_id, attempt), 
	CONSTRAINT ck_submission_state CHECK (state IN ('intended', 'ticket', 'answered', 'failed')), 
	CONSTRAINT fk_submission_note_id FOREIGN KEY(note_id) REFERENCES note (id) ON DELETE CASCADE
)
 STRICT

;
INSERT INTO "submission" VALUES('05aca5cf-b030-5d60-b599-1b1816949d95',1,'2026-11-30T15:01:51.752794Z','answered',NULL,161400,1,NULL);
INSERT INTO "submission" VALUES('7f97f6e2-c3f5-59bb-b0a0-317218569764',1,'2026-11-30T15:01:52.573775Z','failed',NULL,0,1,NULL);
INSERT INTO "submission" VALUES('88b4798f-a6c3-51e9-b4ac-d4939eb6faef',1,'2026-11-30T15:01:52.782015Z','failed',NULL,0,1,NULL);
INSERT INTO "submission" VALUES('24416df2-c587-53fe-a4f1-b3a0a25f888e',1,'2026-11-30T15:01:52.886456Z','answered',NULL,161400,1,NULL);
INSERT INTO "submission" VALUES('475acadf-1585-545a-b6bc-493698319718',1,'2026-11-30T15:01:53.021211Z','failed',NULL,0,1,NULL);
INSERT INTO "submission" VALUES('a045fbed-b291-5bb6-9ac2-2d63ce45e83e',1,'2026-11-30T15:01:53.218919Z','answered',NULL,161400,1,NULL);
INSERT INTO "submission" VALUES('7ca6c15b-18bd-5ba3-89dd-abd86cc6f778',1,'2026-11-30T15:01:53.326729Z','ticket','{"run":"7ca6c15b-18bd-5ba3-89dd-abd86cc6f778","seconds":16.14}',161400,1,NULL);
INSERT INTO "submission" VALUES('9c9010b3-ecec-532c-89f7-6c58d04cb612',1,'2026-11-30T15:01:53.479980Z','intended',NULL,161400,1,NULL);
INSERT INTO "submission" VALUES('46daa3ef-bdfe-5b35-a586-2cc469696f63',1,'2026-11-30T15:01:53.796169Z','intended',NULL,161400,1,NULL);
INSERT INTO "submission" VALUES('8baad402-ed53-55ea-a787-9e90a1966bb9',1,'2026-11-30T15:01:55.862355Z','answered',NULL,158371,1,'{"text":"What was said in 15.84 seconds.","language":"en","seconds":15.8370625,"model":"paid","segments":[{"text":"What was said in 15.84 seconds.","start":0.0,"end":15.8370625,"speaker":null}],"words":[{"text":"What","start":0.0,"end":15.8370625,"speaker":null,"kind":"word"},{"text":"was","start":0.0,"end":15.8370625,"speaker":null,"kind":"word"},{"text":"said","start":0.0,"end":15.8370625,"speaker":null,"kind":"word"},{"text":"in","start":0.0,"end":15.8370625,"speaker":null,"kind":"word"},{"text":"15.84","start":0.0,"end":15.8370625,"speaker":null,"kind":"word"},{"text":"seconds.","start":0.0,"end":15.8370625,"speaker":null,"kind":"word"}],"cost":158371}');
INSERT INTO "submission" VALUES('8baad402-ed53-55ea-a787-9e90a1966bb9',2,'2026-11-30T15:01:55.869865Z','answered',NULL,158371,2,'{"text":"What was said in 15.84 seconds.","language":"en","seconds":15.8370625,"model":"paid","segments":[{"text":"What was said in 15.84 seconds.","start":0.0,"end":15.8370625,"speaker":null}],"words":[{"text":"What","start":0.0,"end":15.8370625,"speaker":null,"kind":"word"},{"text":"was","start":0.0,"end":15.8370625,"speaker":null,"kind":"word"},{"text":"said","start":0.0,"end":15.8370625,"speaker":null,"kind":"word"},{"text":"in","start":0.0,"end":15.8370625,"speaker":null,"kind":"word"},{"text":"15.84","start":0.0,"end":15.8370625,"speaker":null,"kind":"word"},{"text":"seconds.","start":0.0,"end":15.8370625,"speaker":null,"kind":"word"}],"cost":158371}');
INSERT INTO "submission" VALUES('8baad402-ed53-55ea-a787-9e90a1966bb9',3,'2026-11-30T15:01:55.893578Z','intended',NULL,158371,3,NULL);
CREATE TABLE switch (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	at TEXT NOT NULL, 
	CONSTRAINT pk_switch PRIMARY KEY (name)
)
 STRICT

;
INSERT INTO "switch" VALUES('secret','441dbbb735ce7de2','2026-11-30T15:01:51.249012Z');
CREATE TABLE transcript (
	note_id TEXT NOT NULL, 
	body TEXT NOT NULL, 
	created_at TEXT NOT NULL, names TEXT, 
	CONSTRAINT pk_transcript PRIMARY KEY (note_id), 
	CONSTRAINT fk_transcript_note_id FOREIGN KEY(note_id) REFERENCES note (id) ON DELETE CASCADE
)
 STRICT

;
INSERT INTO "transcript" VALUES('05aca5cf-b030-5d60-b599-1b1816949d95','{"text":"What was said in 16.14 seconds.","language":"en","seconds":16.14,"model":"paid","segments":[{"text":"What was said in 16.14 seconds.","start":0.0,"end":16.14,"speaker":null}],"words":[{"text":"What","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"was","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"said","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"in","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"16.14","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"seconds.","start":0.0,"end":16.14,"speaker":null,"kind":"word"}],"cost":161400}','2026-11-30T15:01:51.769973Z',NULL);
INSERT INTO "transcript" VALUES('24416df2-c587-53fe-a4f1-b3a0a25f888e','{"text":"What was said in 16.14 seconds.","language":"en","seconds":16.14,"model":"paid","segments":[{"text":"What was said in 16.14 seconds.","start":0.0,"end":16.14,"speaker":null}],"words":[{"text":"What","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"was","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"said","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"in","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"16.14","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"seconds.","start":0.0,"end":16.14,"speaker":null,"kind":"word"}],"cost":161400}','2026-11-30T15:01:52.888015Z',NULL);
INSERT INTO "transcript" VALUES('a045fbed-b291-5bb6-9ac2-2d63ce45e83e','{"text":"What was said in 16.14 seconds.","language":"en","seconds":16.14,"model":"paid","segments":[{"text":"What was said in 16.14 seconds.","start":0.0,"end":16.14,"speaker":null}],"words":[{"text":"What","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"was","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"said","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"in","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"16.14","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"seconds.","start":0.0,"end":16.14,"speaker":null,"kind":"word"}],"cost":161400}','2026-11-30T15:01:53.220426Z',NULL);
CREATE TABLE transfer (
	id INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	month TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	debit TEXT NOT NULL, 
	credit TEXT NOT NULL, 
	amount INTEGER NOT NULL, 
	account TEXT, 
	note_id TEXT, 
	ref TEXT NOT NULL, 
	memo TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_transfer PRIMARY KEY (id), 
	CONSTRAINT ck_transfer_amount CHECK (amount > 0), 
	CONSTRAINT ck_transfer_sides CHECK (debit <> credit), 
	CONSTRAINT ck_transfer_kind CHECK (kind IN ('credit', 'refund', 'grant', 'expire', 'charge', 'free', 'loss', 'cost', 'stray_loss', 'stray_cost', 'return', 'join')), 
	CONSTRAINT fk_transfer_account FOREIGN KEY(account) REFERENCES account (id), 
	CONSTRAINT uq_transfer_ref UNIQUE (ref)
)
 STRICT

;
INSERT INTO "transfer" VALUES(1,'2026-11-30T15:01:51.595834Z','2026-11','credit','house:funding','p-0b5da66f1c5b8f180823da76',5000000,'p-0b5da66f1c5b8f180823da76',NULL,'credit:first','');
INSERT INTO "transfer" VALUES(2,'2026-11-30T15:01:51.783391Z','2026-11','charge','p-0b5da66f1c5b8f180823da76','house:revenue',161400,'p-0b5da66f1c5b8f180823da76','05aca5cf-b030-5d60-b599-1b1816949d95','charge:05aca5cf-b030-5d60-b599-1b1816949d95','');
INSERT INTO "transfer" VALUES(3,'2026-11-30T15:01:51.783391Z','2026-11','cost','house:costs','provider:paid',161400,'p-0b5da66f1c5b8f180823da76','05aca5cf-b030-5d60-b599-1b1816949d95','cost:05aca5cf-b030-5d60-b599-1b1816949d95','');
INSERT INTO "transfer" VALUES(4,'2026-11-30T15:01:52.889590Z','2026-11','charge','p-0b5da66f1c5b8f180823da76','house:revenue',161400,'p-0b5da66f1c5b8f180823da76','24416df2-c587-53fe-a4f1-b3a0a25f888e','charge:24416df2-c587-53fe-a4f1-b3a0a25f888e','');
INSERT INTO "transfer" VALUES(5,'2026-11-30T15:01:52.889590Z','2026-11','cost','house:costs','provider:paid',161400,'p-0b5da66f1c5b8f180823da76','24416df2-c587-53fe-a4f1-b3a0a25f888e','cost:24416df2-c587-53fe-a4f1-b3a0a25f888e','');
INSERT INTO "transfer" VALUES(6,'2026-11-30T15:01:53.221885Z','2026-11','charge','p-0b5da66f1c5b8f180823da76','house:revenue',161400,'p-0b5da66f1c5b8f180823da76','a045fbed-b291-5bb6-9ac2-2d63ce45e83e','charge:a045fbed-b291-5bb6-9ac2-2d63ce45e83e','');
INSERT INTO "transfer" VALUES(7,'2026-11-30T15:01:53.221885Z','2026-11','cost','house:costs','provider:paid',161400,'p-0b5da66f1c5b8f180823da76','a045fbed-b291-5bb6-9ac2-2d63ce45e83e','cost:a045fbed-b291-5bb6-9ac2-2d63ce45e83e','');
CREATE INDEX ix_hold_account ON hold (account);
CREATE INDEX ix_hold_state ON hold (state);
CREATE INDEX ix_note_state ON note (state);
CREATE INDEX ix_note_account ON note (account, created_at);
CREATE INDEX ix_note_identity ON note (identity);
CREATE INDEX ix_arrival_done_at ON arrival (done_at);
CREATE INDEX ix_posted_handle ON posted (handle);
CREATE INDEX ix_hold_created_at ON hold (created_at);
CREATE INDEX ix_hold_opened_by ON hold (opened_by);
CREATE INDEX ix_identity_account ON identity (account);
CREATE INDEX ix_link_code_identity ON link_code (identity);
CREATE INDEX ix_transfer_account ON transfer (account);
CREATE TRIGGER transfer_no_update BEFORE UPDATE ON transfer BEGIN SELECT RAISE(ABORT, 'transfer is append-only'); END;
CREATE TRIGGER transfer_no_delete BEFORE DELETE ON transfer BEGIN SELECT RAISE(ABORT, 'transfer is append-only'); END;
CREATE INDEX ix_transfer_at ON transfer (kind, at);
COMMIT;
