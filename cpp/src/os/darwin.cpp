// What macOS does in its own way.
namespace anypickle::os {}
