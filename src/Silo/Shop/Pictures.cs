using Dapper;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Shop;

/// <summary>Pictures in the database: written once, read often.</summary>
internal sealed class Pictures(Database database)
{
    /// <summary>Stores a picture under a new id; durable on completion.</summary>
    /// <returns>True when it is stored, now or before; false when the id belongs to other content or another owner.</returns>
    public Task<bool> PutAsync(string id, string ownerId, Picture picture) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            await connection.ExecuteAsync(
                """
                insert into picture(id, owner, content_type, bytes) values (@id, @ownerId, @ContentType, @Bytes)
                on conflict (id) do nothing
                """,
                new { id, ownerId, picture.ContentType, picture.Bytes }, transaction);
            var stored = await connection.QuerySingleAsync<Row>(
                "select owner as Owner, content_type as ContentType, bytes as Bytes from picture where id = @id", new { id }, transaction);
            return stored.Owner == ownerId && stored.ContentType == picture.ContentType && stored.Bytes.AsSpan().SequenceEqual(picture.Bytes);
        });

    /// <summary>The picture, or null.</summary>
    public async Task<Picture?> FindAsync(string id)
    {
        await using var connection = await database.OpenAsync();
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            "select owner as Owner, content_type as ContentType, bytes as Bytes from picture where id = @id", new { id });
        return row is null ? null : new Picture(row.ContentType, row.Bytes);
    }

    private sealed class Row
    {
        public string Owner { get; set; } = "";

        public string ContentType { get; set; } = "";

        public byte[] Bytes { get; set; } = [];
    }
}
