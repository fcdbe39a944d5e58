using System.Buffers.Binary;
using System.Text;
using Npgsql;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// Rows as PostgreSQL's binary COPY wants them, gathered in one buffer: no object and no call of the driver for each value. For
/// hundreds of rows and more, the database takes them in clearly less time than as arrays.
/// </summary>
/// <param name="columns">Of each row; as many values must be added after each <see cref="Row"/>.</param>
/// <param name="bytes">About how many bytes will come together.</param>
internal sealed class CopyRows(short columns, int bytes) : IDisposable
{
    private const int Null = -1;
    private const short End = -1;

    private readonly ByteBuffer _buffer = Begin(bytes);

    /// <summary>Begins the next row.</summary>
    public void Row() => BinaryPrimitives.WriteInt16BigEndian(_buffer.Take(sizeof(short)), columns);

    public void Add(int value)
    {
        Length(sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(_buffer.Take(sizeof(int)), value);
    }

    public void Add(long value)
    {
        Length(sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(_buffer.Take(sizeof(long)), value);
    }

    public void Add(long? value)
    {
        if (value is { } some) { Add(some); } else { Length(Null); }
    }

    public void Add(Guid value)
    {
        const int Size = 16;
        Length(Size);
        value.TryWriteBytes(_buffer.Take(Size), bigEndian: true, out _);
    }

    public void Add(Guid? value)
    {
        if (value is { } some) { Add(some); } else { Length(Null); }
    }

    public void Add(string? value)
    {
        if (value is null)
        {
            Length(Null);
            return;
        }

        var count = Encoding.UTF8.GetByteCount(value);
        Length(count);
        Encoding.UTF8.GetBytes(value, _buffer.Take(count));
    }

    /// <summary>Gives all rows to the database. Once, as the last.</summary>
    /// <param name="sql">The statement: <c>copy … from stdin (format binary)</c>.</param>
    public async Task WriteAsync(NpgsqlConnection connection, string sql)
    {
        BinaryPrimitives.WriteInt16BigEndian(_buffer.Take(sizeof(short)), End);
        await using var copy = await connection.BeginRawBinaryCopyAsync(sql);
        await copy.WriteAsync(_buffer.Written);
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    private void Length(int length) => BinaryPrimitives.WriteInt32BigEndian(_buffer.Take(sizeof(int)), length);

    private static ByteBuffer Begin(int bytes)
    {
        // The signature, no flags, no extension.
        ReadOnlySpan<byte> header = [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];
        var buffer = new ByteBuffer(bytes);
        header.CopyTo(buffer.Take(header.Length));
        return buffer;
    }
}
