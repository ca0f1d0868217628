-- One tenant's, through row-level security. configurations_pk.
select config from journal.configurations where tenant = $1 and not removed
