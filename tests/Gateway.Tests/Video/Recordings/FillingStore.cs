using LiveCommerce.Gateway.Video.Recordings;

namespace LiveCommerce.Gateway.Tests.Video.Recordings;

/// <summary>A disk with so many bytes left beside the first header: a write that does not fit is done in part, and fails.</summary>
internal sealed class FillingStore(IRecordingStore disk, long bytesLeft) : IRecordingStore
{
    private long _left = bytesLeft + Takes.Init.Bytes.Length;

    public string PlaceId => disk.PlaceId;

    public long FreeBytes => _left;

    public long UsedBytes => disk.UsedBytes;

    public string TemporaryFolder => disk.TemporaryFolder;

    public IReadOnlyList<string> ListFolders() => disk.ListFolders();

    public IReadOnlyList<string> ListFiles(string folder) => disk.ListFiles(folder);

    public DateTimeOffset LastWritten(string folder) => disk.LastWritten(folder);

    public DateTimeOffset LastWritten(string folder, string name) => disk.LastWritten(folder, name);

    public IRecordingFile Append(string folder, string name, long length) => new FillingFile(this, disk.Append(folder, name, length));

    public IRecordedFile? Open(string folder, string name) => disk.Open(folder, name);

    public void Put(string folder, string name, ReadOnlySpan<byte> bytes) => disk.Put(folder, name, bytes);

    public void Take(string folder, string name, string file) => disk.Take(folder, name, file);

    public void Delete(string folder, string name) => disk.Delete(folder, name);

    public void Delete(string folder) => disk.Delete(folder);

    private sealed class FillingFile(FillingStore store, IRecordingFile file) : IRecordingFile
    {
        public long Length => file.Length;

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> pieces)
        {
            foreach (var piece in pieces)
            {
                var fits = (int)Math.Min(piece.Length, store._left);
                file.Write([piece[..fits]]);
                store._left -= fits;
                if (fits < piece.Length) { throw new IOException("No space left on device"); }
            }
        }

        public void Flush() => file.Flush();

        public void Dispose() => file.Dispose();
    }
}
