namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>
/// Where recordings lie. The local disk is the one there is; a store of objects (S3) would be another, with the appended files
/// cut into pieces. Names come from us only: a recording's id and our own file names.
/// </summary>
/// <remarks>Methods may wait for the disk: call them where that disturbs nobody. They throw <see cref="IOException"/>.</remarks>
internal interface IRecordingStore
{
    /// <summary>Names the place: made when it is first used, the same ever after.</summary>
    string PlaceId { get; }

    /// <summary>Bytes that are free.</summary>
    long FreeBytes { get; }

    /// <summary>Bytes of everything that lies here.</summary>
    long UsedBytes { get; }

    /// <summary>A folder for what is being made; may be emptied at every start.</summary>
    string TemporaryFolder { get; }

    /// <summary>The recordings that have files here.</summary>
    IReadOnlyList<string> ListFolders();

    /// <summary>The files of a folder.</summary>
    IReadOnlyList<string> ListFiles(string folder);

    /// <summary>When the newest file of a folder was last written; of an empty folder, when it was made.</summary>
    DateTimeOffset LastWritten(string folder);

    /// <summary>When a file was last written; long ago: there is none.</summary>
    DateTimeOffset LastWritten(string folder, string name);

    /// <summary>A file that grows. One writer at a time.</summary>
    /// <param name="length">What lies behind this is cut off first.</param>
    IRecordingFile Append(string folder, string name, long length);

    /// <summary>A file to read from; null: there is none.</summary>
    IRecordedFile? Open(string folder, string name);

    /// <summary>Puts a whole file there, or nothing.</summary>
    void Put(string folder, string name, ReadOnlySpan<byte> bytes);

    /// <summary>Takes a finished file of <see cref="TemporaryFolder"/>.</summary>
    void Take(string folder, string name, string file);

    /// <summary>Removes a file; none is fine.</summary>
    void Delete(string folder, string name);

    /// <summary>Removes a folder with all its files; none is fine.</summary>
    void Delete(string folder);
}

/// <summary>A file that grows.</summary>
internal interface IRecordingFile : IDisposable
{
    /// <summary>Bytes so far.</summary>
    long Length { get; }

    /// <summary>Writes all of it at the end.</summary>
    void Write(IReadOnlyList<ReadOnlyMemory<byte>> pieces);

    /// <summary>Returns when all is on the disk for good.</summary>
    void Flush();
}

/// <summary>A file to read from, from several places at once. It stays readable when it is deleted meanwhile.</summary>
internal interface IRecordedFile : IDisposable
{
    long Length { get; }

    /// <summary>Reads at a place; fewer bytes only at the end.</summary>
    ValueTask<int> ReadAsync(Memory<byte> to, long offset, CancellationToken cancellationToken);
}
