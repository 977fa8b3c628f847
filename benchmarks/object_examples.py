"""One example for each kind that has a recipe: expressions over the modules that they name."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

__all__ = ["EXAMPLES", "make"]

EXAMPLES = {
    "zipfile:ZipFile": "zipfile.ZipFile('there.zip')",
    "_dbm:dbm": "dbm.ndbm.open('kept', 'c')",
    "wave:Wave_write": "wave.open('new.wav', 'wb')",
    "gzip:GzipFile": "gzip.open('there.gz')",
    "dbm.dumb:_Database": "dbm.dumb.open('there')",
    "asyncio.events:AbstractEventLoop": "asyncio.new_event_loop()",
    "asyncio.futures:Future": "asyncio.Future(loop=asyncio.new_event_loop())",
    "asyncio.locks:Lock": "asyncio.Lock()",
    "_contextvars:Context": "contextvars.copy_context()",
    "_contextvars:ContextVar": "contextvars.ContextVar('v', default=1)",
    "decimal:ContextManager": "decimal.localcontext()",
    "contextlib:_GeneratorContextManager": "contextlib.contextmanager(lambda: (yield))()",
    "sqlite3:Connection": "sqlite3.connect('there.db')",
    "sqlite3:Cursor": "sqlite3.connect(':memory:').cursor()",
    "sqlite3:Row": "sqlite3.Row(sqlite3.connect(':memory:').execute('SELECT 1 AS n'), (1,))",
    "dataclasses:_MISSING_TYPE": "dataclasses.MISSING",
    "builtins:property": "property(lambda self: 1)",
    "builtins:mappingproxy": "types.MappingProxyType({'a': 1})",
    "builtins:getset_descriptor": "types.FunctionType.__code__",
    "builtins:method": "types.MethodType(lambda self: self, 1)",
    "builtins:staticmethod": "staticmethod(len)",
    "builtins:dict_keys": "{'a': 1}.keys()",
    "builtins:super": "super(bool, True)",
    "builtins:BaseException": "KeyError('k').with_traceback(None)",
    "_io:BufferedReader": "open('there', 'rb')",
    "_io:FileIO": "open('there', 'rb', buffering=0)",
    "_io:TextIOWrapper": "open('there')",
    "tempfile:TemporaryDirectory": "tempfile.TemporaryDirectory()",
    "tempfile:_TemporaryFileWrapper": "tempfile.NamedTemporaryFile()",
    "builtins:cell": "types.CellType(1)",
    "builtins:code": "compile('1', 'x', 'eval')",
    "concurrent.futures._base:Future": "concurrent.futures.Future()  # done by then",
    "concurrent.futures.thread:ThreadPoolExecutor": "concurrent.futures.ThreadPoolExecutor(2)",
    "pyexpat:xmlparser": "xml.parsers.expat.ParserCreate()",
    "_contextvars:Token": "contextvars.ContextVar('v').set(1)",
    "_ssl:MemoryBIO": "ssl.MemoryBIO()",
    "builtins:PyCapsule": "importlib.import_module('_datetime').datetime_CAPI",
    "zipfile:ZipExtFile": "zipfile.ZipFile('there.zip').open('a')",
    "_sre:SRE_Scanner": "re.compile('a').scanner('a')",
    "select:epoll": "select.poll()",
    "zlib:Compress": "zlib.compressobj()",
    "builtins:object": "functools._initial_missing",
    "sys:version_info": "sys.version_info",
    "unicodedata:UCD": "unicodedata.ucd_3_2_0",
    "itertools:pairwise": "itertools.pairwise([1, 2, 3])",
    "threading:Condition": "threading.Condition()",
    "threading:Event": "threading.Event()",
    "threading:Semaphore": "threading.Semaphore(2)",
    "threading:Barrier": "threading.Barrier(2)",
    "_thread:lock": "threading.Lock()",
    "_thread:RLock": "threading.RLock()",
    "logging:Handler": "logging.StreamHandler()",
    "logging:_StderrHandler": "logging.lastResort",
    "logging:Logger": "logging.getLogger('a.b')",
    "logging:LogRecord": "logging.makeLogRecord({'msg': 'm'})",
    "re:Scanner": "re.Scanner([('a', None)])",
    "re:Match": "re.search('b', 'abc')",
    "builtins:memoryview": "memoryview(b'abc')",
    "builtins:module": "types.ModuleType('made')",
    "http.client:HTTPConnection": "http.client.HTTPConnection('localhost')",
    "selectors:EpollSelector": "selectors.DefaultSelector()",
    "ssl:SSLContext": "ssl.create_default_context()",
    "xmlrpc.client:ServerProxy": "xmlrpc.client.ServerProxy('http://localhost')",
    "http.client:HTTPResponse": "http.client.HTTPResponse(socket.socket())",
    "urllib.request:Request": "urllib.request.Request('http://localhost')",
    "multiprocessing.pool:Pool": "multiprocessing.Pool(1)",
    "multiprocessing.connection:Connection": "multiprocessing.Pipe()[0]",
    "multiprocessing.heap:Arena": "multiprocessing.heap.Arena(10)",
    "multiprocessing.process:BaseProcess": "multiprocessing.Process(target=print)",
    "queue:Queue": "queue.Queue()",
    "_queue:SimpleQueue": "queue.SimpleQueue()",
    "builtins:generator": "(x for x in [1])",
    "subprocess:Popen": "subprocess.Popen(['true'])",
    "mmap:mmap": "mmap.mmap(-1, 10)",
    "os:_Environ": "os.environ",
    "posix:DirEntry": "next(os.scandir(os.getcwd()))",
    "ctypes:CDLL": "ctypes.CDLL(None)",
    "random:SystemRandom": "random.SystemRandom()",
    "_csv:reader": "csv.reader(['a,b'])",
    "_json:Encoder": "json.encoder.c_make_encoder(None, str, str, None, ':', ',', False, False, True)",
    "_json:Scanner": "json.JSONDecoder().scan_once",
    "_csv:writer": "csv.writer(io.StringIO())",
    "codecs:CodecInfo": "codecs.lookup('utf-8')",
    "_csv:Dialect": "csv.reader([]).dialect",
    "_struct:Struct": "struct.Struct('<h')",
    "codecs:StreamReaderWriter": "codecs.open('there', encoding='utf-8')",
    "codecs:StreamReader": "codecs.getreader('utf-8')(io.BytesIO())",
    "threading:Thread": "threading.Thread(target=print)",
    "_thread:_local": "threading.local()",
    "threading:_MainThread": "threading.main_thread()",
    "builtins:traceback": "types.TracebackType(None, sys._getframe(), 0, 1)",
    "typing:TypeVar": "typing.TypeVar('T', bound=int)",
    "typing:NewType": "typing.NewType('UserId', int)",
    "typing:ForwardRef": "typing.ForwardRef('Node')",
    "weakref:finalize": "weakref.finalize(threading.main_thread(), dict)",
    "weakref:ReferenceType": "weakref.WeakSet()",
    "functools:_lru_cache_wrapper": "functools.lru_cache(lambda x: x)",
    "functools:KeyWrapper": "functools.cmp_to_key(lambda a, b: 0)(1)",
}
if sys.version_info >= (3, 12):
    EXAMPLES["itertools:batched"] = "itertools.batched([1, 2, 3], 2)"
if sys.version_info >= (3, 14):
    EXAMPLES["itertools:accumulate"] = "itertools.accumulate([1, 2, 3])"
    EXAMPLES["itertools:_tee_dataobject"] = "gc.get_referents(itertools.tee([1])[0])[0]"
    EXAMPLES["compression.zstd:ZstdDict"] = "compression.zstd.ZstdDict(b'12345678', is_raw=True)"
    EXAMPLES["itertools:_grouper"] = "next(itertools.groupby([1]))[1]"
"""By kind; kinds that one sentence is said of share one example."""


def make(expression: str) -> Any:
    """Evaluates an example; every module that it names is imported."""
    scope: dict[str, Any] = {}
    for dotted in re.findall(r"\b[a-z_0-9]+(?:\.[a-z_0-9]+)*", expression):
        parts = dotted.split(".")
        for size in range(1, len(parts) + 1):
            try:
                importlib.import_module(".".join(parts[:size]))
                scope[parts[0]] = importlib.import_module(parts[0])
            except (ImportError, ValueError):
                break
    return eval(expression, scope)
