-- Passages have vectors, which come after them, and the heading that they stand under.

alter table passages
    add column heading text check (length(heading) <= 200),
    add constraint passages_own unique (user_id, id);

create table passage_vectors (
    user_id uuid not null,
    passage_id uuid not null,
    model text not null,
    embedding halfvec not null,
    primary key (user_id, passage_id),
    foreign key (user_id, passage_id) references passages (user_id, id) on delete cascade
);
alter table passage_vectors enable row level security;
alter table passage_vectors force row level security;
create policy owner_only on passage_vectors to apex_app using (user_id = app_user()) with check (user_id = app_user());
grant select, insert, update, delete on passage_vectors to apex_app;
