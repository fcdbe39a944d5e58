-- The role that is proposed: 2 makes an operator, a lower one removes an operator.
alter table operator_grant add column role integer not null default 2;

-- From then on who proposed the removal of one of two operators carries it out alone; null: never.
alter table operator_grant add column alone_from bigint;
