-- One change at a time, of whatever tenant: a topic is one tenant's, and versions have no holes that are filled later.
select pg_advisory_xact_lock(hashtext('onbehalf.configuration'))
