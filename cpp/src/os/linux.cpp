// What Linux does in its own way: memfd, futex, byte locks.
namespace anypickle::os {}
