# shape: completion pair
# options: --call ask(4) --call answer
# breaks: no_oops
asked = DECLARE_COMPLETION()
answered = DECLARE_COMPLETION()
question = u32(0)
result = u32(0)


def ask(number: u32):
    global question
    question = number
    complete(asked)
    wait_for_completion(answered)
    BUG_ON(result != number * 2)


def answer():
    global result
    wait_for_completion(asked)  # right
    result = question * 2
    complete(answered)
