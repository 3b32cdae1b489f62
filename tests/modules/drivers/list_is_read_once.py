# shape: device list under a rw_semaphore
# options: --call show(0) --call rename(1)
# breaks: locks_balanced
# also: returns
# on: up each pre
# profile: 2.6.24
bus = struct("bus", sem=rw_semaphore, devices=list_head, count=u32)
device = struct("device", id=u32, node=list_head)
usb = bus()
devices = array(device, 2)


def find(id: u32):
    found = ptr("device")
    found = NULL
    for d in list_for_each_entry(usb.devices, device, "node"):
        if d.id == id:
            found = d
    return found


def bus_find(id: u32):
    down_read(usb.sem)
    d = find(id)
    up_read(usb.sem)
    return d


def show(id: u32):
    down_read(usb.sem)
    d = find(id)  # right
    #! d = bus_find(id)
    n = 0
    if d != NULL:
        n = d.id
    up_read(usb.sem)
    return n


def rename(n: u32):
    down_write(usb.sem)
    devices[n].id = 7
    up_write(usb.sem)


def setup():
    init_rwsem(usb.sem)
    INIT_LIST_HEAD(usb.devices)
    for n in range(2):
        devices[n].id = n
        list_add_tail(devices[n].node, usb.devices)
    return 0


module_init(setup)
