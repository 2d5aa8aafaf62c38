-- A small database as the release before left it, at schema 0004, written out by sqlite3's iterdump.
-- Two notes are done, one was refused by its provider, one was cancelled, and three have no end: one has a ticket, one
-- was being submitted, one was only written down. "{voice}" stands for a recording. All of it is made up.
BEGIN TRANSACTION;
CREATE TABLE account (
	id TEXT NOT NULL, 
	"plan" TEXT, 
	allowance INTEGER, 
	posted INTEGER DEFAULT 0 NOT NULL, 
	held INTEGER DEFAULT 0 NOT NULL, 
	granted INTEGER DEFAULT 0 NOT NULL, 
	month TEXT, 
	created_at TEXT NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (id), 
	CONSTRAINT ck_account_id CHECK (substr(id, 1, 6) <> 'house:' AND substr(id, 1, 9) <> 'provider:'), 
	CONSTRAINT ck_account_plan CHECK (plan IN ('open', 'allowance', 'prepaid')), 
	CONSTRAINT ck_account_allowance CHECK (allowance >= 0), 
	CONSTRAINT ck_account_held CHECK (held >= 0 AND posted >= held), 
	CONSTRAINT ck_account_granted CHECK (granted >= 0 AND posted >= granted)
)
 STRICT

;
INSERT INTO "account" VALUES('folder:ada',NULL,NULL,3338600,161400,838600,'2026-11','2026-11-23T02:49:59.361328Z');
INSERT INTO "account" VALUES('folder:bea','prepaid',NULL,638600,161400,0,NULL,'2026-11-23T02:49:59.373955Z');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
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
INSERT INTO "api_key" VALUES('4b69b00ecf9d3d903e02a742a0b7d893f06acb0ae35a97363ed7ce211078f738','25ab7703','laptop','api:laptop','2026-11-23T02:49:59.394055Z',NULL);
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
INSERT INTO "arrival" VALUES('folder','bot',41,NULL,0,'2026-11-23T02:50:01.601939Z','2026-11-23T02:50:01.606791Z');
INSERT INTO "arrival" VALUES('folder','bot',42,'{"text":"again"}',0,'2026-11-23T02:50:01.601939Z',NULL);
CREATE TABLE heard (
	platform TEXT NOT NULL, 
	bot TEXT NOT NULL, 
	at TEXT NOT NULL, 
	CONSTRAINT pk_heard PRIMARY KEY (platform, bot)
)
 STRICT

;
INSERT INTO "heard" VALUES('folder','bot','2026-11-20T10:00:00.000000Z');
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
	resolved_at TEXT, 
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
INSERT INTO "hold" VALUES('65758fbb-37ae-5d88-a25d-fedb42f0b577','folder:ada','user','paid','paid',16.14,161400,'settled',161400,161400,0,'2026-11','2026-11-23T02:50:00.472737Z','2026-11-23T02:50:00.492599Z');
INSERT INTO "hold" VALUES('bfa93865-ecae-5491-b5a7-12e6e8817cfb','folder:bea','user','paid','paid',16.14,161400,'settled',161400,161400,0,'2026-11','2026-11-23T02:50:00.592866Z','2026-11-23T02:50:00.626548Z');
INSERT INTO "hold" VALUES('c42b8191-bba1-550e-af6d-1529c91aeb9a','folder:ada','user','paid','paid',16.14,161400,'released',NULL,NULL,NULL,'2026-11','2026-11-23T02:50:00.711217Z','2026-11-23T02:50:00.737271Z');
INSERT INTO "hold" VALUES('75145d6d-74e5-5276-9e65-e32c06870f06','folder:ada','user','paid','paid',16.14,161400,'released',NULL,NULL,NULL,'2026-11','2026-11-23T02:50:00.820114Z','2026-11-23T02:50:01.362894Z');
INSERT INTO "hold" VALUES('6712e087-3c1b-5cf0-8fee-f26cab1c0ebc','folder:ada','user','paid','paid-later',16.14,161400,'open',NULL,NULL,NULL,NULL,'2026-11-23T02:50:01.438296Z',NULL);
INSERT INTO "hold" VALUES('53486d04-2641-5551-ae45-0bef99458450','folder:bea','user','paid','paid',16.14,161400,'open',NULL,NULL,NULL,NULL,'2026-11-23T02:50:01.557946Z',NULL);
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
	finished_at TEXT, not_before TEXT, identity TEXT, agreed INTEGER, 
	CONSTRAINT pk_note PRIMARY KEY (id), 
	CONSTRAINT uq_note_platform UNIQUE (platform, bot, chat, message), 
	CONSTRAINT ck_note_state CHECK (state IN ('accepted', 'working', 'done', 'failed', 'cancelled')), 
	CONSTRAINT ck_note_cancel_requested CHECK (cancel_requested IN (0, 1))
)
 STRICT

;
INSERT INTO "note" VALUES('65758fbb-37ae-5d88-a25d-fedb42f0b577','folder','bot','chat','1','folder:ada','{"locator":"{voice}","name":"voice-note.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"en","speakers":false,"speaker_count":null,"events":false,"ask_above":null}','{}','done',NULL,NULL,'1',NULL,0,'2026-11-23T02:49:59.401668Z','2026-11-23T02:50:00.506263Z',NULL,NULL,NULL);
INSERT INTO "note" VALUES('bfa93865-ecae-5491-b5a7-12e6e8817cfb','folder','bot','chat','2','folder:bea','{"locator":"{voice}","name":"voice-note.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"en","speakers":false,"speaker_count":null,"events":false,"ask_above":null}','{}','done',NULL,NULL,'2',NULL,0,'2026-11-23T02:50:00.513353Z','2026-11-23T02:50:00.641740Z',NULL,NULL,NULL);
INSERT INTO "note" VALUES('c42b8191-bba1-550e-af6d-1529c91aeb9a','folder','bot','chat','3','folder:ada','{"locator":"{voice}","name":"voice-note.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null}','{}','failed',NULL,NULL,'3','{"code":"ProviderRefused","reason":"too quiet"}',0,'2026-11-23T02:50:00.657864Z','2026-11-23T02:50:00.749978Z',NULL,NULL,NULL);
INSERT INTO "note" VALUES('75145d6d-74e5-5276-9e65-e32c06870f06','folder','bot','chat','4','folder:ada','{"locator":"{voice}","name":"voice-note.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null}','{}','cancelled',NULL,NULL,'4','{"code":"Cancelled"}',1,'2026-11-23T02:50:00.765504Z','2026-11-23T02:50:01.381353Z',NULL,NULL,NULL);
INSERT INTO "note" VALUES('6712e087-3c1b-5cf0-8fee-f26cab1c0ebc','folder','bot','chat','5','folder:ada','{"locator":"{voice}","name":"voice-note.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid-later","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null}','{}','accepted',NULL,NULL,'5',NULL,0,'2026-11-23T02:50:01.399503Z',NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('53486d04-2641-5551-ae45-0bef99458450','folder','bot','chat','6','folder:bea','{"locator":"{voice}","name":"voice-note.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null}','{}','accepted',NULL,NULL,'6',NULL,0,'2026-11-23T02:50:01.505717Z',NULL,NULL,NULL,NULL);
INSERT INTO "note" VALUES('71adf8df-9b00-5833-8a81-93749dfe3471','folder','bot','chat','7','folder:cea','{"locator":"{voice}","name":"voice-note.ogg","mime":"","bytes":null,"seconds":null,"identity":""}','{"model":"paid","language":"auto","speakers":false,"speaker_count":null,"events":false,"ask_above":null}','{}','accepted',NULL,NULL,NULL,NULL,0,'2026-11-23T02:50:02.002421Z',NULL,NULL,NULL,NULL);
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
INSERT INTO "posted" VALUES('65758fbb-37ae-5d88-a25d-fedb42f0b577','answer','1','2026-11-23T02:50:01.598101Z');
CREATE TABLE preference (
	owner TEXT NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_preference PRIMARY KEY (owner, name)
)
 STRICT

;
INSERT INTO "preference" VALUES('folder:ada','language','es');
INSERT INTO "preference" VALUES('folder:chat','mode','auto');
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
INSERT INTO "submission" VALUES('65758fbb-37ae-5d88-a25d-fedb42f0b577',1,'2026-11-23T02:50:00.486970Z','answered',NULL,161400,1,NULL);
INSERT INTO "submission" VALUES('bfa93865-ecae-5491-b5a7-12e6e8817cfb',1,'2026-11-23T02:50:00.614042Z','answered',NULL,161400,1,NULL);
INSERT INTO "submission" VALUES('c42b8191-bba1-550e-af6d-1529c91aeb9a',1,'2026-11-23T02:50:00.720158Z','failed',NULL,0,1,NULL);
INSERT INTO "submission" VALUES('75145d6d-74e5-5276-9e65-e32c06870f06',1,'2026-11-23T02:50:00.839135Z','intended',NULL,161400,1,NULL);
INSERT INTO "submission" VALUES('6712e087-3c1b-5cf0-8fee-f26cab1c0ebc',1,'2026-11-23T02:50:01.457368Z','ticket','{"run":"6712e087-3c1b-5cf0-8fee-f26cab1c0ebc","seconds":16.14}',161400,1,NULL);
INSERT INTO "submission" VALUES('53486d04-2641-5551-ae45-0bef99458450',1,'2026-11-23T02:50:01.586856Z','intended',NULL,161400,1,NULL);
CREATE TABLE transcript (
	note_id TEXT NOT NULL, 
	body TEXT NOT NULL, 
	created_at TEXT NOT NULL, names TEXT, 
	CONSTRAINT pk_transcript PRIMARY KEY (note_id), 
	CONSTRAINT fk_transcript_note_id FOREIGN KEY(note_id) REFERENCES note (id) ON DELETE CASCADE
)
 STRICT

;
INSERT INTO "transcript" VALUES('65758fbb-37ae-5d88-a25d-fedb42f0b577','{"text":"What was said in 16.14 seconds.","language":"en","seconds":16.14,"model":"paid","segments":[{"text":"What was said in 16.14 seconds.","start":0.0,"end":16.14,"speaker":null}],"words":[{"text":"What","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"was","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"said","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"in","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"16.14","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"seconds.","start":0.0,"end":16.14,"speaker":null,"kind":"word"}],"cost":161400}','2026-11-23T02:50:00.490125Z','{"Speaker 1":"Ada"}');
INSERT INTO "transcript" VALUES('bfa93865-ecae-5491-b5a7-12e6e8817cfb','{"text":"What was said in 16.14 seconds.","language":"en","seconds":16.14,"model":"paid","segments":[{"text":"What was said in 16.14 seconds.","start":0.0,"end":16.14,"speaker":null}],"words":[{"text":"What","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"was","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"said","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"in","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"16.14","start":0.0,"end":16.14,"speaker":null,"kind":"word"},{"text":"seconds.","start":0.0,"end":16.14,"speaker":null,"kind":"word"}],"cost":161400}','2026-11-23T02:50:00.622120Z',NULL);
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
	CONSTRAINT ck_transfer_kind CHECK (kind IN ('credit', 'refund', 'grant', 'expire', 'charge', 'loss', 'cost', 'stray_loss', 'stray_cost')), 
	CONSTRAINT fk_transfer_account FOREIGN KEY(account) REFERENCES account (id), 
	CONSTRAINT uq_transfer_ref UNIQUE (ref)
)
 STRICT

;
INSERT INTO "transfer" VALUES(1,'2026-11-23T02:49:59.361328Z','2026-11','credit','house:funding','folder:ada',2500000,'folder:ada',NULL,'credit:first','earmark credit');
INSERT INTO "transfer" VALUES(2,'2026-11-23T02:49:59.373955Z','2026-11','credit','house:funding','folder:bea',900000,'folder:bea',NULL,'credit:second','earmark credit');
INSERT INTO "transfer" VALUES(3,'2026-11-23T02:49:59.385848Z','2026-11','refund','folder:bea','house:funding',100000,'folder:bea',NULL,'refund:third','asked for');
INSERT INTO "transfer" VALUES(4,'2026-11-23T02:50:00.472737Z','2026-11','grant','house:allowance','folder:ada',1000000,'folder:ada',NULL,'grant:folder:ada:2026-11','');
INSERT INTO "transfer" VALUES(5,'2026-11-23T02:50:00.492599Z','2026-11','charge','folder:ada','house:revenue',161400,'folder:ada','65758fbb-37ae-5d88-a25d-fedb42f0b577','charge:65758fbb-37ae-5d88-a25d-fedb42f0b577','');
INSERT INTO "transfer" VALUES(6,'2026-11-23T02:50:00.492599Z','2026-11','cost','house:costs','provider:paid',161400,'folder:ada','65758fbb-37ae-5d88-a25d-fedb42f0b577','cost:65758fbb-37ae-5d88-a25d-fedb42f0b577','');
INSERT INTO "transfer" VALUES(7,'2026-11-23T02:50:00.626548Z','2026-11','charge','folder:bea','house:revenue',161400,'folder:bea','bfa93865-ecae-5491-b5a7-12e6e8817cfb','charge:bfa93865-ecae-5491-b5a7-12e6e8817cfb','');
INSERT INTO "transfer" VALUES(8,'2026-11-23T02:50:00.626548Z','2026-11','cost','house:costs','provider:paid',161400,'folder:bea','bfa93865-ecae-5491-b5a7-12e6e8817cfb','cost:bfa93865-ecae-5491-b5a7-12e6e8817cfb','');
INSERT INTO "transfer" VALUES(9,'2026-11-23T02:50:01.376430Z','2026-11','stray_loss','house:loss','house:revenue',161400,'folder:ada','75145d6d-74e5-5276-9e65-e32c06870f06','stray_loss:75145d6d-74e5-5276-9e65-e32c06870f06:1','');
INSERT INTO "transfer" VALUES(10,'2026-11-23T02:50:01.376430Z','2026-11','stray_cost','house:costs','provider:paid',161400,'folder:ada','75145d6d-74e5-5276-9e65-e32c06870f06','stray_cost:75145d6d-74e5-5276-9e65-e32c06870f06:1','');
CREATE INDEX ix_hold_account ON hold (account);
CREATE INDEX ix_hold_state ON hold (state);
CREATE INDEX ix_note_state ON note (state);
CREATE INDEX ix_note_account ON note (account, created_at);
CREATE INDEX ix_note_identity ON note (identity);
CREATE INDEX ix_transfer_account ON transfer (account);
CREATE TRIGGER transfer_no_update BEFORE UPDATE ON transfer BEGIN SELECT RAISE(ABORT, 'transfer is append-only'); END;
CREATE TRIGGER transfer_no_delete BEFORE DELETE ON transfer BEGIN SELECT RAISE(ABORT, 'transfer is append-only'); END;
CREATE INDEX ix_arrival_done_at ON arrival (done_at);
CREATE INDEX ix_posted_handle ON posted (handle);
COMMIT;
