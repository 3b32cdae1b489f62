/* The yardstick's model for SPIN: one mykthread and NW wakers, each of which reports its own id once. */
#ifndef NW
#define NW 3
#endif
#define RUNNING 0
#define ASLEEP  1

byte id = 0;          /* myevent_id */
bit  lk = 0;          /* myevent_lock */
bit  queued = 0;      /* mykthread is on myevent_waitqueue */
bit  declared = 0;    /* its state is TASK_INTERRUPTIBLE, and it still runs */
bit  state = RUNNING;
byte handled[8];      /* what helpers were given, in order */
byte n = 0;

active proctype mykthread() {
  byte e;
  queued = 1;
  do
  :: declared = 1;
     atomic { lk == 0 -> lk = 1 }
     e = id;
     id = 0;
     lk = 0;
     if
     :: e == 0 ->
        atomic { if :: declared -> state = ASLEEP; state == RUNNING :: else -> skip fi; declared = 0 }
     :: else ->
        declared = 0;
        if :: n < 8 -> handled[n] = e; n++ :: else fi
     fi
  od
}

proctype waker(byte mine) {
  atomic { lk == 0 -> lk = 1 }
  id = mine;
  lk = 0;
  atomic { if :: queued -> state = RUNNING; declared = 0 :: else fi }
}

init { atomic { byte i = 1; do :: i <= NW -> run waker(i); i++ :: else -> break od } }
