CREATE TABLE leases (
    name VARCHAR(300) NOT NULL,
    holder VARCHAR(120) NOT NULL,
    owner VARCHAR(300) NOT NULL,
    expires FLOAT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE runs (
    id VARCHAR(40) NOT NULL,
    action VARCHAR(20) NOT NULL,
    started VARCHAR(40) NOT NULL,
    finished VARCHAR(40),
    document JSON NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE hosts (
    run VARCHAR(40) NOT NULL,
    host VARCHAR(255) NOT NULL,
    position INTEGER NOT NULL,
    document JSON NOT NULL,
    PRIMARY KEY (run, host),
    FOREIGN KEY(run) REFERENCES runs (id)
);

CREATE TABLE needs (
    id SERIAL NOT NULL,
    host VARCHAR(255) NOT NULL,
    need VARCHAR(260) NOT NULL,
    since VARCHAR(40),
    run VARCHAR(40) NOT NULL,
    step VARCHAR(400) NOT NULL,
    closed BOOLEAN NOT NULL,
    how TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(run) REFERENCES runs (id)
);

CREATE INDEX ix_needs_host ON needs (host);

CREATE TABLE steps (
    run VARCHAR(40) NOT NULL,
    host VARCHAR(255) NOT NULL,
    step VARCHAR(400) NOT NULL,
    position INTEGER NOT NULL,
    status VARCHAR(20) NOT NULL,
    document JSON NOT NULL,
    PRIMARY KEY (run, host, step),
    FOREIGN KEY(run) REFERENCES runs (id)
);

CREATE INDEX ix_steps_status ON steps (status);

CREATE TABLE stops (
    host VARCHAR(255) NOT NULL,
    service VARCHAR(260) NOT NULL,
    run VARCHAR(40) NOT NULL,
    PRIMARY KEY (host, service),
    FOREIGN KEY(run) REFERENCES runs (id)
);
