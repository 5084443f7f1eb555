PRAGMA application_id = 1346716499;
PRAGMA user_version = 1;
CREATE TABLE body (
    id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
    octets INTEGER NOT NULL CHECK (octets >= 0),
    place INTEGER NOT NULL CHECK (place IN (0, 1, 2)), -- here, in the object store, in parts
    data BLOB CHECK ((place = 0) = (data IS NOT NULL))
) STRICT;
INSERT INTO body VALUES (1, X'C64DDB8AB1FB80BCD1030EE30741516B51DDE664D2A2F6129E7253271DFB0217', 309, 0, X'446174653A205361742C203231204E6F7620323032362031303A30303A3030202B303130300D0A46726F6D3A206D6172696F40616C66612E6578616D706C650D0A546F3A20616E6E6140626574612E6578616D706C652C206C75636140616C66612E6578616D706C650D0A5375626A6563743A20436F6E74726174746F0D0A0D0A72696761203132390D0A72696761203133390D0A72696761203134390D0A72696761203135390D0A72696761203136390D0A72696761203137390D0A72696761203138390D0A72696761203139390D0A72696761203230390D0A72696761203231390D0A72696761203232390D0A72696761203233390D0A72696761203234390D0A72696761203235390D0A72696761203236390D0A72696761203237390D0A72696761203238390D0A72696761203239390D0A');
INSERT INTO body VALUES (2, X'2023354F8DCB7340CCBC8930435602EA51349F824AE3503ED498CCBB22A38EA6', 109, 0, X'582D5365616C3A2073656E6465722F616C6661205045432F61312E32303236313132313039303030302E312E303030303030303030303030303030303030303030303030303030303030303040616C66612E6578616D706C652F616363657074616E63650D0A0D0A6669726D61');
INSERT INTO body VALUES (3, X'A10A422A3518113D636944DE09E04D116F1852D0E8DF339928A2DF274E185C24', 416, 0, X'582D5365616C3A2073656E6465722F616C6661205045432F61312E32303236313132313039303030302E312E303030303030303030303030303030303030303030303030303030303030303040616C66612E6578616D706C652F656E76656C6F70650D0A0D0A446174653A205361742C203231204E6F7620323032362031303A30303A3030202B303130300D0A46726F6D3A206D6172696F40616C66612E6578616D706C650D0A546F3A20616E6E6140626574612E6578616D706C652C206C75636140616C66612E6578616D706C650D0A5375626A6563743A20436F6E74726174746F0D0A0D0A72696761203132390D0A72696761203133390D0A72696761203134390D0A72696761203135390D0A72696761203136390D0A72696761203137390D0A72696761203138390D0A72696761203139390D0A72696761203230390D0A72696761203231390D0A72696761203232390D0A72696761203233390D0A72696761203234390D0A72696761203235390D0A72696761203236390D0A72696761203237390D0A72696761203238390D0A72696761203239390D0A6669726D61');
INSERT INTO body VALUES (4, X'248F93375592B2D5DFB8446F43783CD16D7B519FCFC72BA1F85151193603F7E8', 300, 0, X'446174653A205361742C203231204E6F7620323032362031303A30303A3030202B303130300D0A46726F6D3A206D6172696F40616C66612E6578616D706C650D0A546F3A20616E6E6140626574612E6578616D706C650D0A5375626A6563743A20436F6E74726174746F0D0A0D0A72696761203131300D0A72696761203132300D0A72696761203133300D0A72696761203134300D0A72696761203135300D0A72696761203136300D0A72696761203137300D0A72696761203138300D0A72696761203139300D0A72696761203230300D0A72696761203231300D0A72696761203232300D0A72696761203233300D0A72696761203234300D0A72696761203235300D0A72696761203236300D0A72696761203237300D0A72696761203238300D0A72696761203239300D0A');
INSERT INTO body VALUES (5, X'09BFCC6A14B83E2192B8673677725C84883EE9CD0C70E45C9EC09DAA8F2B2847', 11, 0, X'76657273696F6E3A20310A');
CREATE TABLE part (
    body INTEGER NOT NULL REFERENCES body ON DELETE CASCADE,
    number INTEGER NOT NULL,
    source INTEGER REFERENCES body, -- never itself in parts
    start INTEGER NOT NULL DEFAULT 0,
    octets INTEGER NOT NULL CHECK (octets > 0),
    data BLOB CHECK ((source IS NULL) = (data IS NOT NULL)),
    PRIMARY KEY (body, number)
) STRICT;
CREATE TABLE state (
    id INTEGER PRIMARY KEY,
    role INTEGER NOT NULL,
    provider TEXT NOT NULL,
    msgid TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    value TEXT NOT NULL,
    deadline INTEGER,
    is_closed INTEGER NOT NULL, -- nothing more is waited for
    changed_at INTEGER NOT NULL,
    UNIQUE (msgid, provider, role)
) STRICT;
INSERT INTO state VALUES (1, 0, 'alfa PEC', 'a1.20261121090000.1.00000000000000000000000000000000@alfa.example', 6, '{"format":1,"state":{"sent":{"accepted":{"data":{"kind":"posta-certificata","error":"nessuno","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"},{"address":"luca@alfa.example","type":"certificato"}],"reply_to":"mario@alfa.example","subject":"Contratto","provider":"alfa PEC","time":"2026-11-21T10:00:00+01:00","pec_msgid":"a1.20261121090000.1.00000000000000000000000000000000@alfa.example","receipt_type":"completa"},"account":"mario@alfa.example","original":{"sha256":"c64ddb8ab1fb80bcd1030ee30741516b51dde664d2a2f6129e7253271dfb0217","octets":309},"at":"2026-11-21T09:00:00Z"},"recipients":[{"address":"anna@beta.example","stage":"waiting"},{"address":"luca@alfa.example","stage":"waiting"}],"ledger":{"seen_at":"2026-11-21T09:00:00Z","outstanding":{},"read":[]}}}}', 1795294800000000, 0, 1795251600000000);
INSERT INTO state VALUES (2, 0, 'alfa PEC', 'a1.20261121090000.3.00000000000000000000000000000007@alfa.example', 1, '{"format":1,"state":{"sent":{"accepted":{"data":{"kind":"posta-certificata","error":"nessuno","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"}],"reply_to":"mario@alfa.example","subject":"Contratto","provider":"alfa PEC","time":"2026-11-21T10:00:00+01:00","pec_msgid":"a1.20261121090000.3.00000000000000000000000000000007@alfa.example","receipt_type":"completa"},"account":"mario@alfa.example","original":{"sha256":"248f93375592b2d5dfb8446f43783cd16d7b519fcfc72ba1f85151193603f7e8","octets":300},"at":"2026-11-21T09:00:00Z"},"recipients":[{"address":"anna@beta.example","stage":"waiting"}],"ledger":{"seen_at":"2026-11-21T09:00:00Z","outstanding":{"sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/deposit:acceptance":{"deposit":{"cargo":"receipt","mailbox":"mario@alfa.example","message":{"sealed":"sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/acceptance"}}},"sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/relay:beta.example":{"relay":{"cargo":"envelope","recipients":["anna@beta.example"]}}},"read":[]}}}}', 1795294800000000, 0, 1795251600000000);
CREATE TABLE change (
    state INTEGER NOT NULL REFERENCES state ON DELETE CASCADE,
    number INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (state, number)
) STRICT, WITHOUT ROWID;
INSERT INTO change VALUES (1, 1, '{"accepted":{"data":{"kind":"posta-certificata","error":"nessuno","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"},{"address":"luca@alfa.example","type":"certificato"}],"reply_to":"mario@alfa.example","subject":"Contratto","provider":"alfa PEC","time":"2026-11-21T10:00:00+01:00","pec_msgid":"a1.20261121090000.1.00000000000000000000000000000000@alfa.example","receipt_type":"completa"},"account":"mario@alfa.example","original":{"sha256":"c64ddb8ab1fb80bcd1030ee30741516b51dde664d2a2f6129e7253271dfb0217","octets":309},"at":"2026-11-21T09:00:00Z"}}');
INSERT INTO change VALUES (1, 2, '{"asked":{"effect":"sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/deposit:acceptance","task":{"deposit":{"cargo":"receipt","mailbox":"mario@alfa.example","message":{"sealed":"sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/acceptance"}}}}}');
INSERT INTO change VALUES (1, 3, '{"asked":{"effect":"sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/relay:beta.example","task":{"relay":{"cargo":"envelope","recipients":["anna@beta.example"]}}}}');
INSERT INTO change VALUES (1, 4, '{"asked":{"effect":"sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/relay:alfa.example","task":{"relay":{"cargo":"envelope","recipients":["luca@alfa.example"]}}}}');
INSERT INTO change VALUES (1, 5, '{"settled":{"effect":"sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/deposit:acceptance"}}');
INSERT INTO change VALUES (1, 6, '{"answered":{"effect":"sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/relay:beta.example","recipient":"anna@beta.example"}}');
INSERT INTO change VALUES (1, 7, '{"answered":{"effect":"sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/relay:alfa.example","recipient":"luca@alfa.example"}}');
INSERT INTO change VALUES (2, 1, '{"accepted":{"data":{"kind":"posta-certificata","error":"nessuno","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"}],"reply_to":"mario@alfa.example","subject":"Contratto","provider":"alfa PEC","time":"2026-11-21T10:00:00+01:00","pec_msgid":"a1.20261121090000.3.00000000000000000000000000000007@alfa.example","receipt_type":"completa"},"account":"mario@alfa.example","original":{"sha256":"248f93375592b2d5dfb8446f43783cd16d7b519fcfc72ba1f85151193603f7e8","octets":300},"at":"2026-11-21T09:00:00Z"}}');
INSERT INTO change VALUES (2, 2, '{"asked":{"effect":"sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/deposit:acceptance","task":{"deposit":{"cargo":"receipt","mailbox":"mario@alfa.example","message":{"sealed":"sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/acceptance"}}}}}');
INSERT INTO change VALUES (2, 3, '{"asked":{"effect":"sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/relay:beta.example","task":{"relay":{"cargo":"envelope","recipients":["anna@beta.example"]}}}}');
CREATE TABLE state_body (
    state INTEGER NOT NULL REFERENCES state ON DELETE CASCADE,
    body INTEGER NOT NULL REFERENCES body,
    PRIMARY KEY (state, body)
) STRICT, WITHOUT ROWID;
INSERT INTO state_body VALUES (1, 1);
INSERT INTO state_body VALUES (2, 4);
CREATE TABLE archive (
    id INTEGER PRIMARY KEY,
    role INTEGER NOT NULL,
    provider TEXT NOT NULL,
    msgid TEXT NOT NULL,
    version INTEGER NOT NULL,
    value TEXT NOT NULL,
    archived_at INTEGER NOT NULL
) STRICT;
CREATE TABLE effect (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    state INTEGER REFERENCES state ON DELETE CASCADE,
    value TEXT,       -- NULL when finished: the name stays, so that it is not done again
    needs TEXT,       -- sealed octets that it waits for
    due INTEGER,      -- from when a worker may take it: next try, or end of the lease
    worker TEXT,      -- whose it is until then
    attempts INTEGER NOT NULL DEFAULT 0,
    finished_at INTEGER,
    CHECK ((finished_at IS NULL) = (due IS NOT NULL)),
    CHECK ((finished_at IS NULL) = (value IS NOT NULL))
) STRICT;
INSERT INTO effect VALUES (1, 'sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/acceptance', '{"role":"sender","provider":"alfa PEC","id":"a1.20261121090000.1.00000000000000000000000000000000@alfa.example"}', 1, NULL, NULL, NULL, NULL, 1, 1795251600000000);
INSERT INTO effect VALUES (2, 'sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/deposit:acceptance', '{"role":"sender","provider":"alfa PEC","id":"a1.20261121090000.1.00000000000000000000000000000000@alfa.example"}', 1, NULL, 'sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/acceptance', NULL, NULL, 1, 1795251600000000);
INSERT INTO effect VALUES (3, 'sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/envelope', '{"role":"sender","provider":"alfa PEC","id":"a1.20261121090000.1.00000000000000000000000000000000@alfa.example"}', 1, NULL, NULL, NULL, NULL, 1, 1795251600000000);
INSERT INTO effect VALUES (4, 'sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/relay:beta.example', '{"role":"sender","provider":"alfa PEC","id":"a1.20261121090000.1.00000000000000000000000000000000@alfa.example"}', 1, NULL, 'sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/envelope', NULL, NULL, 1, 1795251600000000);
INSERT INTO effect VALUES (5, 'sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/relay:alfa.example', '{"role":"sender","provider":"alfa PEC","id":"a1.20261121090000.1.00000000000000000000000000000000@alfa.example"}', 1, NULL, 'sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/envelope', NULL, NULL, 1, 1795251600000000);
INSERT INTO effect VALUES (6, 'sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/acceptance', '{"role":"sender","provider":"alfa PEC","id":"a1.20261121090000.3.00000000000000000000000000000007@alfa.example"}', 2, '{"seal":{"notification":{"data":{"kind":"accettazione","error":"nessuno","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"}],"reply_to":"mario@alfa.example","subject":"Contratto","provider":"alfa PEC","time":"2026-11-21T10:00:00+01:00","pec_msgid":"a1.20261121090000.3.00000000000000000000000000000007@alfa.example"},"message_id":"a1.20261121090000.4.00000000000000000000000000000008@alfa.example"}}}', NULL, 1795251600000000, NULL, 0, NULL);
INSERT INTO effect VALUES (7, 'sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/deposit:acceptance', '{"role":"sender","provider":"alfa PEC","id":"a1.20261121090000.3.00000000000000000000000000000007@alfa.example"}', 2, '{"deposit":{"mailbox":"mario@alfa.example","message":{"sealed":"sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/acceptance"}}}', 'sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/acceptance', 1795251600000000, NULL, 0, NULL);
INSERT INTO effect VALUES (8, 'sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/envelope', '{"role":"sender","provider":"alfa PEC","id":"a1.20261121090000.3.00000000000000000000000000000007@alfa.example"}', 2, '{"seal":{"transport-envelope":{"data":{"kind":"posta-certificata","error":"nessuno","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"}],"reply_to":"mario@alfa.example","subject":"Contratto","provider":"alfa PEC","time":"2026-11-21T10:00:00+01:00","pec_msgid":"a1.20261121090000.3.00000000000000000000000000000007@alfa.example","receipt_type":"completa"},"original":{"sha256":"248f93375592b2d5dfb8446f43783cd16d7b519fcfc72ba1f85151193603f7e8","octets":300}}}}', NULL, 1795251600000000, NULL, 0, NULL);
INSERT INTO effect VALUES (9, 'sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/relay:beta.example', '{"role":"sender","provider":"alfa PEC","id":"a1.20261121090000.3.00000000000000000000000000000007@alfa.example"}', 2, '{"relay":{"message":{"sealed":"sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/envelope"},"envelope":{"reverse_path":"mario@alfa.example","forward_paths":["anna@beta.example"]},"route":{"provider":"beta.example"},"until":"2026-11-22T09:00:00Z"}}', 'sender/alfa PEC/a1.20261121090000.3.00000000000000000000000000000007@alfa.example/envelope', 1795251600000000, NULL, 0, NULL);
CREATE TABLE effect_body (
    effect INTEGER NOT NULL REFERENCES effect ON DELETE CASCADE,
    body INTEGER NOT NULL REFERENCES body,
    PRIMARY KEY (effect, body)
) STRICT, WITHOUT ROWID;
INSERT INTO effect_body VALUES (8, 4);
CREATE TABLE sealed (
    name TEXT PRIMARY KEY,
    body INTEGER NOT NULL REFERENCES body,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO sealed VALUES ('sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/acceptance', 2, 1795251600000000);
INSERT INTO sealed VALUES ('sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/envelope', 3, 1795251600000000);
CREATE TABLE mailbox (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE, -- the address in lower case
    address TEXT NOT NULL,
    state INTEGER NOT NULL,
    quota INTEGER,
    recipients_per_day INTEGER,
    ordinary TEXT NOT NULL,
    correspondents TEXT,
    is_service INTEGER NOT NULL,
    must_change_password INTEGER NOT NULL,
    uid_validity INTEGER NOT NULL UNIQUE,
    uid_next INTEGER NOT NULL,
    messages INTEGER NOT NULL CHECK (messages >= 0),
    octets INTEGER NOT NULL CHECK (octets >= 0)
) STRICT;
INSERT INTO mailbox VALUES (1, 'mario@alfa.example', 'mario@alfa.example', 0, NULL, NULL, 'envelope', NULL, 0, 0, 1795251600, 2, 1, 109);
INSERT INTO mailbox VALUES (2, 'anna@alfa.example', 'anna@alfa.example', 0, NULL, NULL, 'envelope', NULL, 0, 0, 1795251601, 1, 0, 0);
INSERT INTO mailbox VALUES (3, 'luca@alfa.example', 'luca@alfa.example', 0, NULL, NULL, 'envelope', NULL, 0, 0, 1795251602, 1, 0, 0);
INSERT INTO mailbox VALUES (4, 'ricevute@alfa.example', 'ricevute@alfa.example', 0, NULL, NULL, 'envelope', NULL, 1, 0, 1795251603, 1, 0, 0);
CREATE TABLE uid_validity (only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL) STRICT;
INSERT INTO uid_validity VALUES (1, 1795251603);
CREATE TABLE credential (
    mailbox INTEGER NOT NULL REFERENCES mailbox ON DELETE CASCADE,
    name TEXT NOT NULL,
    secret TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (mailbox, name)
) STRICT, WITHOUT ROWID;
INSERT INTO credential VALUES (1, 'password', 'hash', 1795251600000000);
CREATE TABLE message (
    mailbox INTEGER NOT NULL REFERENCES mailbox ON DELETE CASCADE,
    uid INTEGER NOT NULL,
    body INTEGER NOT NULL REFERENCES body,
    flags INTEGER NOT NULL,
    at INTEGER NOT NULL,
    effect TEXT NOT NULL UNIQUE,
    PRIMARY KEY (mailbox, uid)
) STRICT, WITHOUT ROWID;
INSERT INTO message VALUES (1, 1, 2, 0, 1795251600000000, 'sender/alfa PEC/a1.20261121090000.1.00000000000000000000000000000000@alfa.example/deposit:acceptance');
CREATE TABLE rate (
    mailbox INTEGER NOT NULL REFERENCES mailbox ON DELETE CASCADE,
    hour INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (mailbox, hour)
) STRICT, WITHOUT ROWID;
INSERT INTO rate VALUES (1, 498681, 3);
CREATE TABLE quarantine (
    name TEXT PRIMARY KEY,
    sha256 BLOB NOT NULL,
    octets INTEGER NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE directory (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    body INTEGER NOT NULL REFERENCES body
) STRICT;
INSERT INTO directory VALUES (1, 1795251600000000, 5);
CREATE TABLE chain (
    id INTEGER PRIMARY KEY,
    node TEXT NOT NULL UNIQUE,
    head INTEGER NOT NULL,  -- number of the last record
    hash BLOB NOT NULL,     -- its hash
    purged INTEGER NOT NULL DEFAULT 0, -- records up to this number are gone
    base BLOB NOT NULL      -- the hash of that one
) STRICT;
INSERT INTO chain VALUES (1, 'a1', 7, X'E7DE3F1D60C31ABC89BF103F731E244931564AD9009E2822693D7346F7D5C403', 0, X'0000000000000000000000000000000000000000000000000000000000000000');
CREATE TABLE log (
    chain INTEGER NOT NULL REFERENCES chain,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    msgid TEXT,
    value TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (chain, number)
) STRICT, WITHOUT ROWID;
INSERT INTO log VALUES (1, 1, 1795251600000000, 'a1.20261121090000.1.00000000000000000000000000000000@alfa.example', '{"time":"2026-11-21T09:00:00Z","event":"Accettazione","role":"sender","kind":"accettazione","pec_msgid":"a1.20261121090000.1.00000000000000000000000000000000@alfa.example","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"},{"address":"luca@alfa.example","type":"certificato"}],"subject":"Contratto","generated":["a1.20261121090000.2.00000000000000000000000000000001@alfa.example"],"sending_provider":"alfa PEC","issuer":"alfa PEC","certified_at":"2026-11-21T10:00:00+01:00","reply_to":"mario@alfa.example"}', X'850F7122BE4E94DDEA08FA2168F92387DABE98EBCC4EB82B2A15A10B3061E0BF');
INSERT INTO log VALUES (1, 2, 1795251600000000, 'a1.20261121090000.1.00000000000000000000000000000000@alfa.example', '{"time":"2026-11-21T09:00:00Z","event":"BustaTrasporto","role":"sender","kind":"posta-certificata","pec_msgid":"a1.20261121090000.1.00000000000000000000000000000000@alfa.example","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"},{"address":"luca@alfa.example","type":"certificato"}],"subject":"Contratto","generated":["a1.20261121090000.1.00000000000000000000000000000000@alfa.example"],"sending_provider":"alfa PEC","issuer":"alfa PEC","certified_at":"2026-11-21T10:00:00+01:00","reply_to":"mario@alfa.example","receipt_type":"completa"}', X'A621B31C928C3957D5DBCB6668C43F8C4C51FE78B4B395326F1D0C0FDF3D5485');
INSERT INTO log VALUES (1, 3, 1795251600000000, 'a1.20261121090000.1.00000000000000000000000000000000@alfa.example', '{"time":"2026-11-21T09:00:00Z","event":"Deposito","role":"sender","kind":"posta-certificata","pec_msgid":"a1.20261121090000.1.00000000000000000000000000000000@alfa.example","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"},{"address":"luca@alfa.example","type":"certificato"}],"subject":"Contratto","sending_provider":"alfa PEC","issuer":"alfa PEC","certified_at":"2026-11-21T10:00:00+01:00","reply_to":"mario@alfa.example","receipt_type":"completa","delivered_to":"mario@alfa.example"}', X'C66497B7C510340F5B83920868E703EF74E9DBF8C4929F1594957CF039955E30');
INSERT INTO log VALUES (1, 4, 1795251600000000, 'a1.20261121090000.1.00000000000000000000000000000000@alfa.example', '{"time":"2026-11-21T09:00:00Z","event":"Inoltro","role":"sender","kind":"posta-certificata","pec_msgid":"a1.20261121090000.1.00000000000000000000000000000000@alfa.example","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"},{"address":"luca@alfa.example","type":"certificato"}],"subject":"Contratto","sending_provider":"alfa PEC","issuer":"alfa PEC","certified_at":"2026-11-21T10:00:00+01:00","reply_to":"mario@alfa.example","receipt_type":"completa","received_for":["anna@beta.example"]}', X'4518A576C817CB626173D251D6B8C7D25093CB6C5DD17F45AEFBED10F3F2846C');
INSERT INTO log VALUES (1, 5, 1795251600000000, 'a1.20261121090000.1.00000000000000000000000000000000@alfa.example', '{"time":"2026-11-21T09:00:00Z","event":"Inoltro","role":"sender","kind":"posta-certificata","pec_msgid":"a1.20261121090000.1.00000000000000000000000000000000@alfa.example","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"},{"address":"luca@alfa.example","type":"certificato"}],"subject":"Contratto","sending_provider":"alfa PEC","issuer":"alfa PEC","certified_at":"2026-11-21T10:00:00+01:00","reply_to":"mario@alfa.example","receipt_type":"completa","received_for":["luca@alfa.example"]}', X'63D4229AD573ED46AFA5E167F6BC921002A1A09B6A8D014E10F0DC66EEA0E5C2');
INSERT INTO log VALUES (1, 6, 1795251600000000, 'a1.20261121090000.3.00000000000000000000000000000007@alfa.example', '{"time":"2026-11-21T09:00:00Z","event":"Accettazione","role":"sender","kind":"accettazione","pec_msgid":"a1.20261121090000.3.00000000000000000000000000000007@alfa.example","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"}],"subject":"Contratto","generated":["a1.20261121090000.4.00000000000000000000000000000008@alfa.example"],"sending_provider":"alfa PEC","issuer":"alfa PEC","certified_at":"2026-11-21T10:00:00+01:00","reply_to":"mario@alfa.example"}', X'C870EB6B9AA7CBDE2F022AD823216D6414B5EEFD65D65E671359D45E24ADD611');
INSERT INTO log VALUES (1, 7, 1795251600000000, 'a1.20261121090000.3.00000000000000000000000000000007@alfa.example', '{"time":"2026-11-21T09:00:00Z","event":"BustaTrasporto","role":"sender","kind":"posta-certificata","pec_msgid":"a1.20261121090000.3.00000000000000000000000000000007@alfa.example","sender":"mario@alfa.example","recipients":[{"address":"anna@beta.example","type":"certificato"}],"subject":"Contratto","generated":["a1.20261121090000.3.00000000000000000000000000000007@alfa.example"],"sending_provider":"alfa PEC","issuer":"alfa PEC","certified_at":"2026-11-21T10:00:00+01:00","reply_to":"mario@alfa.example","receipt_type":"completa"}', X'E7DE3F1D60C31ABC89BF103F731E244931564AD9009E2822693D7346F7D5C403');
CREATE TABLE closure (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    value TEXT NOT NULL,
    signature BLOB
) STRICT;
INSERT INTO closure VALUES (1, 1795251600000000, '{"number":1,"at":"2026-11-21T09:00:00Z","previous":"0000000000000000000000000000000000000000000000000000000000000000","heads":[{"node":"a1","number":7,"hash":"e7de3f1d60c31abc89bf103f731e244931564ad9009e2822693d7346f7d5c403"}]}', X'6669726D61');
CREATE INDEX part_source ON part (source) WHERE source IS NOT NULL;
CREATE INDEX state_deadline ON state (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX state_resting ON state (changed_at) WHERE is_closed;
CREATE INDEX state_body_body ON state_body (body);
CREATE INDEX archive_msgid ON archive (msgid);
CREATE INDEX archive_at ON archive (archived_at);
CREATE INDEX effect_due ON effect (due) WHERE due IS NOT NULL;
CREATE INDEX effect_worker ON effect (worker) WHERE worker IS NOT NULL;
CREATE INDEX effect_state ON effect (state) WHERE state IS NOT NULL;
CREATE INDEX effect_finished ON effect (finished_at) WHERE state IS NULL;
CREATE INDEX effect_body_body ON effect_body (body);
CREATE INDEX sealed_body ON sealed (body);
CREATE INDEX sealed_at ON sealed (at);
CREATE INDEX message_body ON message (body);
CREATE INDEX quarantine_until ON quarantine (until);
CREATE INDEX quarantine_sha256 ON quarantine (sha256);
CREATE INDEX directory_at ON directory (at);
CREATE INDEX directory_body ON directory (body);
CREATE INDEX log_msgid ON log (msgid) WHERE msgid IS NOT NULL;
CREATE INDEX log_at ON log (at);
CREATE TRIGGER log_is_written_once BEFORE UPDATE ON log
BEGIN SELECT raise(ABORT, 'the log is never changed'); END;
CREATE TRIGGER log_is_kept BEFORE DELETE ON log
WHEN old.number > (SELECT purged FROM chain WHERE id = old.chain)
BEGIN SELECT raise(ABORT, 'the log is kept'); END;
CREATE TRIGGER closure_is_written_once BEFORE UPDATE OF number, at, value ON closure
BEGIN SELECT raise(ABORT, 'a closure is never changed'); END;
CREATE TRIGGER closure_is_signed_once BEFORE UPDATE OF signature ON closure
WHEN old.signature IS NOT NULL
BEGIN SELECT raise(ABORT, 'a closure is signed once'); END;
