-- Turns and messages reach their user through their conversation, which cannot be without one: (user_id,
-- conversation_id) references conversations, whose user_id references users. A second reference, straight to users,
-- locked the user's row for every turn and message, and a thousand turns of one user at once stood in line for it.

alter table turns drop constraint turns_user_id_fkey;
alter table messages drop constraint messages_user_id_fkey;
