# shape: mutexes
# options: --call rename --call relink
# profile: 2.6.24
# breaks: returns
# also: locks_balanced
tree = DEFINE_MUTEX()
node = DEFINE_MUTEX()
names = u32(0)
links = u32(0)


def rename():
    global names
    mutex_lock(tree)
    mutex_lock(node)
    names += 1
    mutex_unlock(node)
    mutex_unlock(tree)


def relink():
    global links
    mutex_lock(tree)  # right
    mutex_lock(node)
    #! mutex_lock(tree)
    links += 1
    mutex_unlock(node)
    mutex_unlock(tree)
