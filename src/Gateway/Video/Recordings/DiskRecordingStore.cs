using LiveCommerce.Gateway.Video.Playback;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>A folder of the local disk: one folder a recording, one for clips.</summary>
internal sealed class DiskRecordingStore : IRecordingStore, IDisposable
{
    private const string PlaceFile = "place-id";
    private const string Temporary = "temporary";

    private readonly string _root;
    private readonly SafeFileHandle _lock;
    private long _used;

    /// <summary>Has the folder to itself; waits for a process that is stopping, as <see cref="RecordingLock"/> says.</summary>
    public DiskRecordingStore(string folder, TimeProvider time, ILogger logger)
    {
        _root = Path.GetFullPath(folder);
        MakeFolder(_root);
        _lock = RecordingLock.Take(_root, time, logger);
        PlaceId = ReadOrMakePlaceId();
        TemporaryFolder = Path.Combine(_root, Temporary);
        if (Directory.Exists(TemporaryFolder)) { Directory.Delete(TemporaryFolder, recursive: true); }
        MakeFolder(TemporaryFolder);
        _used = new DirectoryInfo(_root).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
    }

    public string PlaceId { get; }

    public string TemporaryFolder { get; }

    public long FreeBytes => new DriveInfo(_root).AvailableFreeSpace;

    public long UsedBytes => Interlocked.Read(ref _used);

    public IReadOnlyList<string> ListFolders() => [.. Directory.EnumerateDirectories(_root).Select(path => Path.GetFileName(path)).Where(PublicId.IsOne)];

    public IReadOnlyList<string> ListFiles(string folder) =>
        Directory.Exists(PathOf(folder)) ? [.. Directory.EnumerateFiles(PathOf(folder)).Select(path => Path.GetFileName(path))] : [];

    // The system says 1601 of what is not there.
    public DateTimeOffset LastWritten(string folder) => ListFiles(folder) is { Count: > 0 } files
        ? files.Max(name => LastWritten(folder, name))
        : new DateTimeOffset(Directory.GetLastWriteTimeUtc(PathOf(folder)), TimeSpan.Zero);

    public DateTimeOffset LastWritten(string folder, string name) => new(File.GetLastWriteTimeUtc(PathOf(folder, name)), TimeSpan.Zero);

    public IRecordingFile Append(string folder, string name, long length)
    {
        MakeFolder(PathOf(folder));
        var handle = File.OpenHandle(PathOf(folder, name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        try
        {
            var before = RandomAccess.GetLength(handle);
            if (before > length) { RandomAccess.SetLength(handle, length); }
            Interlocked.Add(ref _used, Math.Min(length, before) - before);
            return new GrowingFile(this, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public IRecordedFile? Open(string folder, string name)
    {
        try
        {
            return new ReadableFile(File.OpenHandle(PathOf(folder, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public void Put(string folder, string name, ReadOnlySpan<byte> bytes)
    {
        // First whole, then there: nobody reads half a file.
        var file = Path.Combine(TemporaryFolder, Guid.CreateVersion7().ToString("N"));
        File.WriteAllBytes(file, bytes);
        Take(folder, name, file);
    }

    public void Take(string folder, string name, string file)
    {
        MakeFolder(PathOf(folder));
        var path = PathOf(folder, name);
        var before = File.Exists(path) ? new FileInfo(path).Length : 0;
        var length = new FileInfo(file).Length;
        File.Move(file, path, overwrite: true);
        Interlocked.Add(ref _used, length - before);
    }

    public void Delete(string folder, string name)
    {
        var path = PathOf(folder, name);
        if (!File.Exists(path)) { return; }

        var length = new FileInfo(path).Length;
        File.Delete(path);
        Interlocked.Add(ref _used, -length);
    }

    public void Delete(string folder)
    {
        var path = PathOf(folder);
        if (!Directory.Exists(path)) { return; }

        var length = new DirectoryInfo(path).EnumerateFiles().Sum(file => file.Length);
        Directory.Delete(path, recursive: true);
        Interlocked.Add(ref _used, -length);
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows()) { Directory.CreateDirectory(path); }
        else { Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute); }
    }

    private string ReadOrMakePlaceId()
    {
        var file = Path.Combine(_root, PlaceFile);
        if (File.Exists(file) && File.ReadAllText(file).Trim() is var known && PublicId.IsOne(known)) { return known; }

        var made = Guid.CreateVersion7().ToString("N");
        File.WriteAllText(file, made);
        return made;
    }

    private string PathOf(string folder) => Path.Combine(_root, folder);

    private string PathOf(string folder, string name) => Path.Combine(_root, folder, name);

    private sealed class GrowingFile(DiskRecordingStore store, SafeFileHandle handle) : IRecordingFile
    {
        public long Length { get; private set; } = RandomAccess.GetLength(handle);

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> pieces)
        {
            var bytes = pieces.Sum(piece => (long)piece.Length);
            RandomAccess.Write(handle, pieces, Length);
            Length += bytes;
            Interlocked.Add(ref store._used, bytes);
        }

        public void Flush() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }

    private sealed class ReadableFile(SafeFileHandle handle) : IRecordedFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public async ValueTask<int> ReadAsync(Memory<byte> to, long offset, CancellationToken cancellationToken)
        {
            var read = 0;
            while (read < to.Length)
            {
                var count = await RandomAccess.ReadAsync(handle, to[read..], offset + read, cancellationToken);
                if (count == 0) { break; }
                read += count;
            }

            return read;
        }

        public void Dispose() => handle.Dispose();
    }
}
